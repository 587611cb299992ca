"""The commands of a community."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.commands import (
    add_command,
    change_command,
    remove_command,
    renew_secret,
)
from core_router.queries.commands import command_row, command_rows
from core_router.serializers import CommandSerializer
from core_router.serializers.engines import DAY_S, OverlapSerializer
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.pagination import CursorPages


class CommandsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "POST": Scope.ROUTER_MANAGE,
    }
    pagination_class = CursorPages

    @extend_schema(operation_id="list_commands", responses=CommandSerializer(many=True))
    def get(self, request: Request, community: str) -> Response:
        pages = CursorPages()
        rows = pages.of(command_rows(tenant_of(request).id), request)
        return pages.get_paginated_response(CommandSerializer(rows, many=True).data)

    @extend_schema(request=CommandSerializer, responses={201: CommandSerializer})
    def post(self, request: Request, community: str) -> Response:
        form = CommandSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = add_command(
            community_id=tenant_of(request).id,
            wish=form.to_wish(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(CommandSerializer(row).data, status=201)


class CommandView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "PATCH": Scope.ROUTER_MANAGE,
        "DELETE": Scope.ROUTER_MANAGE,
    }

    @extend_schema(responses=CommandSerializer)
    def get(self, request: Request, community: str, command_id: int) -> Response:
        row = command_row(community_id=tenant_of(request).id, command_id=command_id)
        return Response(CommandSerializer(row).data)

    @extend_schema(request=CommandSerializer(partial=True), responses=CommandSerializer)
    def patch(self, request: Request, community: str, command_id: int) -> Response:
        form = CommandSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        row = change_command(
            community_id=tenant_of(request).id,
            command_id=command_id,
            changes=form.to_changes(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(CommandSerializer(row).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, community: str, command_id: int) -> Response:
        remove_command(
            community_id=tenant_of(request).id,
            command_id=command_id,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)


class SecretView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.ROUTER_MANAGE}

    @extend_schema(
        operation_id="rotate_command_secret",
        request=OverlapSerializer,
        responses=CommandSerializer,
    )
    def post(self, request: Request, community: str, command_id: int) -> Response:
        """Give the engine of a command a new secret; the answer shows it this once."""
        form = OverlapSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = renew_secret(
            community_id=tenant_of(request).id,
            command_id=command_id,
            overlap_s=form.validated_data.get("overlap_s", DAY_S),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(CommandSerializer(row).data)
