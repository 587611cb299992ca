"""What the connector has done on the platforms of a community, and taking it back."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.undoing import undo
from core_router.queries.outgoing import sent_rows
from core_router.serializers.sent import STATES, SentActionSerializer
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.pagination import CursorPages


class SentActionsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.ROUTER_READ}
    pagination_class = CursorPages

    @extend_schema(
        operation_id="list_sent_actions",
        parameters=[OpenApiParameter("state", str, enum=STATES)],
        responses=SentActionSerializer(many=True),
    )
    def get(self, request: Request, community: str) -> Response:
        """What this WaddleBot itself does on platforms, the newest first, and what became of it.

        What was said is not kept.
        """
        state = request.query_params.get("state")
        if state is not None and state not in STATES:
            flaw = Flaw("#/state", f"One of {', '.join(STATES)}.")
            raise InvalidError("There is no such state.", errors=[flaw])
        pages = CursorPages()
        rows = pages.of(sent_rows(tenant_of(request).id, state), request)
        return pages.get_paginated_response(SentActionSerializer(rows, many=True).data)


class UndoView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.ROUTER_MANAGE}

    @extend_schema(
        operation_id="undo_sent_action", request=None, responses={201: SentActionSerializer}
    )
    def post(self, request: Request, community: str, action_id: int) -> Response:
        """Take a timeout or a ban back, by its opposite on the platform."""
        row = undo(
            community_id=tenant_of(request).id,
            action_id=action_id,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(SentActionSerializer(row).data, status=201)
