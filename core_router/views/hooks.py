"""The event hooks of a community."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.hooks import add_hook, change_hook, remove_hook, renew_secret
from core_router.queries.hooks import hook_row, hook_rows
from core_router.serializers.engines import DAY_S, OverlapSerializer
from core_router.serializers.hooks import HookSerializer
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.pagination import CursorPages


class HooksView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.ROUTER_READ, "POST": Scope.ROUTER_MANAGE}
    pagination_class = CursorPages

    @extend_schema(operation_id="list_event_hooks", responses=HookSerializer(many=True))
    def get(self, request: Request, community: str) -> Response:
        pages = CursorPages()
        rows = pages.of(hook_rows(tenant_of(request).id), request)
        return pages.get_paginated_response(HookSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="add_event_hook", request=HookSerializer, responses={201: HookSerializer}
    )
    def post(self, request: Request, community: str) -> Response:
        """Tell somebody of these events. A secret that is made here is shown this once."""
        form = HookSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = add_hook(
            community_id=tenant_of(request).id,
            wish=form.to_wish(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(HookSerializer(row).data, status=201)


class HookView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "PATCH": Scope.ROUTER_MANAGE,
        "DELETE": Scope.ROUTER_MANAGE,
    }

    @extend_schema(operation_id="read_event_hook", responses=HookSerializer)
    def get(self, request: Request, community: str, hook_id: int) -> Response:
        row = hook_row(community_id=tenant_of(request).id, hook_id=hook_id)
        return Response(HookSerializer(row).data)

    @extend_schema(
        operation_id="change_event_hook",
        request=HookSerializer(partial=True),
        responses=HookSerializer,
    )
    def patch(self, request: Request, community: str, hook_id: int) -> Response:
        form = HookSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        row = change_hook(
            community_id=tenant_of(request).id,
            hook_id=hook_id,
            changes=form.to_changes(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(HookSerializer(row).data)

    @extend_schema(operation_id="remove_event_hook", responses={204: None})
    def delete(self, request: Request, community: str, hook_id: int) -> Response:
        remove_hook(
            community_id=tenant_of(request).id,
            hook_id=hook_id,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)


class HookSecretView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.ROUTER_MANAGE}

    @extend_schema(
        operation_id="rotate_event_hook_secret",
        request=OverlapSerializer,
        responses=HookSerializer,
    )
    def post(self, request: Request, community: str, hook_id: int) -> Response:
        """Give the engine of a hook a new secret; the answer shows it this once."""
        form = OverlapSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = renew_secret(
            community_id=tenant_of(request).id,
            hook_id=hook_id,
            overlap_s=form.validated_data.get("overlap_s", DAY_S),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(HookSerializer(row).data)
