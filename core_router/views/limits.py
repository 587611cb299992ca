"""The limits all commands of a community share."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.limits import add_limit, change_limit, remove_limit
from core_router.queries.limits import limit_row, limit_rows
from core_router.serializers.limits import LimitChangeSerializer, LimitSerializer
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.pagination import CursorPages


class LimitsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "POST": Scope.ROUTER_MANAGE,
    }
    pagination_class = CursorPages

    @extend_schema(operation_id="list_limits", responses=LimitSerializer(many=True))
    def get(self, request: Request, community: str) -> Response:
        pages = CursorPages()
        rows = pages.of(limit_rows(tenant_of(request).id), request)
        return pages.get_paginated_response(LimitSerializer(rows, many=True).data)

    @extend_schema(request=LimitSerializer, responses={201: LimitSerializer})
    def post(self, request: Request, community: str) -> Response:
        form = LimitSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = add_limit(
            community_id=tenant_of(request).id,
            wish=form.to_wish(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(LimitSerializer(row).data, status=201)


class LimitView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "PATCH": Scope.ROUTER_MANAGE,
        "DELETE": Scope.ROUTER_MANAGE,
    }

    @extend_schema(responses=LimitSerializer)
    def get(self, request: Request, community: str, limit_id: int) -> Response:
        row = limit_row(community_id=tenant_of(request).id, limit_id=limit_id)
        return Response(LimitSerializer(row).data)

    @extend_schema(request=LimitChangeSerializer(partial=True), responses=LimitSerializer)
    def patch(self, request: Request, community: str, limit_id: int) -> Response:
        form = LimitChangeSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        row = change_limit(
            community_id=tenant_of(request).id,
            limit_id=limit_id,
            changes=form.to_changes(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(LimitSerializer(row).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, community: str, limit_id: int) -> Response:
        remove_limit(
            community_id=tenant_of(request).id,
            limit_id=limit_id,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)
