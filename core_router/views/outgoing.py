"""Actions for a collector. Those who want to wait for them ask the overlay origin."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.outgoing import acknowledge
from core_router.pipeline import entity_spoken_for
from core_router.queries.outgoing import waiting_actions
from core_router.wire import LONGEST_WAIT_S, read_acknowledged, read_patience
from identity.api import credential_of
from identity.data import Scope
from waddlebot.lib.pagination import DEFAULT_LIMIT, MAX_LIMIT, CursorPages
from waddlebot.lib.rest import BytesParser

Schema = dict[str, Any]

LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
WAIT: Schema = {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT_S, "default": 0}
ACTION: Schema = {
    "type": "object",
    "description": "An action, as in the answer to an event, and what names it.",
    "required": ["id", "execution_id", "expires_at", "type"],
    "properties": {
        "id": {"type": "integer"},
        "execution_id": {"type": "string", "format": "uuid"},
        "expires_at": {"type": "string", "format": "date-time"},
        "type": {"type": "string"},
    },
}
IDS: Schema = {
    "type": "object",
    "required": ["ids"],
    "additionalProperties": False,
    "properties": {
        "ids": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
            "minItems": 1,
            "maxItems": 200,
        }
    },
}
ACKNOWLEDGED: Schema = {
    "type": "object",
    "required": ["acknowledged"],
    "properties": {"acknowledged": {"type": "integer"}},
}


class ActionsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.COORDINATION_WRITE}

    @extend_schema(
        operation_id="list_actions",
        parameters=[
            OpenApiParameter("limit", LIMIT),
            OpenApiParameter("wait", WAIT, description="Seconds; on the overlay origin alone."),
        ],
        responses=OpenApiResponse(
            CursorPages().get_paginated_response_schema({"type": "array", "items": ACTION})
        ),
    )
    def get(self, request: Request, entity: str) -> Response:
        """What waits for this entity's collector, in order, until it is acknowledged."""
        limit, _ = read_patience(request.query_params)
        found = entity_spoken_for(credential_of(request), entity)
        rows = waiting_actions(
            community_id=found.community_id, entity=entity, limit=limit, now=timezone.now()
        )
        return Response(CursorPages().body(rows))


class AcknowledgeView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.COORDINATION_WRITE}
    parser_classes = (BytesParser,)
    idempotency = False

    @extend_schema(
        operation_id="acknowledge_actions",
        request={"application/json": IDS},
        responses=OpenApiResponse(ACKNOWLEDGED),
    )
    def post(self, request: Request, entity: str) -> Response:
        """Say which actions are done. Those that are not are handed out again."""
        data: Any = request.data
        ids = read_acknowledged(data if isinstance(data, bytes) else b"")
        found = entity_spoken_for(credential_of(request), entity)
        count = acknowledge(community_id=found.community_id, entity=entity, ids=ids)
        return Response({"acknowledged": count})
