"""What the event hooks of a community were told, and telling them again."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.replaying import replay, replay_dead
from core_router.queries.hooks import delivery_rows, hook_row
from core_router.serializers.hooks import STATES, DeliverySerializer, ReplayedSerializer
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.errors import Flaw, InvalidError, NotFoundError
from waddlebot.lib.pagination import CursorPages


class DeliveriesView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.ROUTER_READ}
    pagination_class = CursorPages

    @extend_schema(
        operation_id="list_deliveries",
        parameters=[OpenApiParameter("state", str, enum=STATES)],
        responses=DeliverySerializer(many=True),
    )
    def get(self, request: Request, community: str, hook_id: int) -> Response:
        """What the hook was told, the newest first, and why it was not."""
        row = hook_row(community_id=tenant_of(request).id, hook_id=hook_id)
        state = request.query_params.get("state")
        if state is not None and state not in STATES:
            flaw = Flaw("#/state", f"One of {', '.join(STATES)}.")
            raise InvalidError("There is no such state.", errors=[flaw])
        pages = CursorPages()
        rows = pages.of(delivery_rows(row, state), request)
        return pages.get_paginated_response(DeliverySerializer(rows, many=True).data)


class ReplayView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.ROUTER_MANAGE}

    @extend_schema(
        operation_id="replay_delivery", request=None, responses={200: DeliverySerializer}
    )
    def post(self, request: Request, community: str, delivery_id: str) -> Response:
        """Send a dead delivery again, under the same id, behind what waits already."""
        row = replay(
            community_id=tenant_of(request).id,
            delivery_id=_id_of(delivery_id),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(DeliverySerializer(row).data)


class ReplayAllView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.ROUTER_MANAGE}

    @extend_schema(
        operation_id="replay_deliveries", request=None, responses={200: ReplayedSerializer}
    )
    def post(self, request: Request, community: str, hook_id: int) -> Response:
        """Send all dead deliveries of a hook again, in their order."""
        count = replay_dead(
            community_id=tenant_of(request).id,
            hook_id=hook_id,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response({"replayed": count})


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError from None
