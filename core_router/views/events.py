"""Events in, actions out: the fast path's functions, inside the framework."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router import ingest
from core_router.data import MESSAGE_TYPES, Outcome
from core_router.queries.inbox import queued_answer
from core_router.wire import BATCH_EVENTS, EventShape
from identity import api as identity
from identity.data import Scope
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.views import BytesView

Schema = dict[str, Any]

FLAGS = [
    OpenApiParameter("trace", bool, description="Add every check, in order."),
    OpenApiParameter("dry_run", bool, description="Change nothing; implies trace."),
]
EVENT: Schema = {
    **msgspec.json.schema_components([EventShape], ref_template="{name}")[1]["EventShape"],
    "title": "Event",
}
EVENT["properties"]["message_type"] = {"type": "string", "enum": sorted(MESSAGE_TYPES)}
ACTION: Schema = {
    "type": "object",
    "required": ["type", "handled"],
    "properties": {"type": {"type": "string"}, "handled": {"type": "boolean"}},
}
ANSWER: Schema = {
    "type": "object",
    "required": ["event_id", "execution_id", "outcome", "actions"],
    "properties": {
        "event_id": {"type": ["string", "null"]},
        "session_id": {"type": ["string", "null"], "format": "uuid"},
        "execution_id": {"type": "string", "format": "uuid"},
        "outcome": {"type": "string", "enum": [outcome.value for outcome in Outcome]},
        "command": {"type": ["string", "null"]},
        "actions": {"type": "array", "items": ACTION},
        "duration_ms": {"type": "number"},
        "reason": {"type": "object"},
        "trace": {"type": "array", "items": {"type": "object"}},
    },
}
BATCH: Schema = {
    "type": "object",
    "required": ["events"],
    "properties": {
        # An event of the wrong shape fails alone, so any object is taken.
        "events": {
            "type": "array",
            "items": {"type": "object"},
            "minItems": 1,
            "maxItems": BATCH_EVENTS,
        }
    },
}
BATCH_ANSWER: Schema = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {"type": "object"}}},
}


class EventView(BytesView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.EVENTS_WRITE}
    route = ingest.EVENT

    @extend_schema(
        operation_id="send_event",
        parameters=FLAGS,
        request={"application/json": EVENT},
        responses={200: OpenApiResponse(ANSWER), 202: OpenApiResponse(ANSWER)},
    )
    def post(self, request: Request) -> HttpResponse:
        """One event in, what to do about it out. `Prefer: respond-async` answers 202 at once."""
        return super().post(request)


class BatchView(BytesView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.EVENTS_WRITE}
    route = ingest.BATCH

    @extend_schema(
        operation_id="send_events",
        parameters=FLAGS,
        request={"application/json": BATCH},
        responses={200: OpenApiResponse(BATCH_ANSWER)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Up to 100 events, answered in their order; one bad event fails alone."""
        return super().post(request)


class QueuedEventView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.EVENTS_WRITE}

    @extend_schema(
        operation_id="read_event_result",
        parameters=[OpenApiParameter("platform", str, required=True)],
        responses={200: OpenApiResponse(ANSWER)},
    )
    def get(self, request: Request, event_id: str) -> Response:
        """What became of an event sent with `Prefer: respond-async`, for a day."""
        answer = queued_answer(
            event_id=event_id,
            platform=request.query_params.get("platform", ""),
            community_id=identity.credential_of(request).community_id,
        )
        if answer is None:
            raise NotFoundError
        return Response(answer)
