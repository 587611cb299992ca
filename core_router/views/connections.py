"""Channels, servers and workspaces that have let the bot in."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.connecting import begin
from core_router.operations.connections import disconnect
from core_router.queries.connections import connection_rows
from core_router.serializers.connections import (
    BegunConnectionSerializer,
    ConnectionSerializer,
    WishedConnectionSerializer,
)
from identity.api import actor_of, credential_of, require_second_factor, tenant_of
from identity.data import Scope
from waddlebot.lib.errors import ForbiddenError
from waddlebot.lib.pagination import CursorPages


class SessionNeededError(ForbiddenError):
    code = "session_needed"


class ConnectionsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "POST": Scope.COMMUNITY_MANAGE,
    }
    pagination_class = CursorPages
    idempotency = False

    @extend_schema(operation_id="list_connections", responses=ConnectionSerializer(many=True))
    def get(self, request: Request, community: str) -> Response:
        pages = CursorPages()
        rows = pages.of(connection_rows(tenant_of(request).id), request)
        return pages.get_paginated_response(ConnectionSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="begin_connection",
        request=WishedConnectionSerializer,
        responses={200: BegunConnectionSerializer},
    )
    def post(self, request: Request, community: str) -> Response:
        """Return where the channel's owner, or who manages the server or workspace, says yes.

        It is for the browser of this session alone, and for ten minutes: who comes back is who
        went. With a key the answer is 403 `session_needed`.
        """
        form = WishedConnectionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        credential, place = credential_of(request), tenant_of(request)
        if credential.kind != "session":
            page = f"/portal/communities/{place.slug}/connections"
            raise SessionNeededError(f"A browser has to go there. Sign in and open {page}.")
        require_second_factor(credential, place.id)
        url = begin(
            platform=form.validated_data["platform"],
            community_id=place.id,
            session_key=request.session.session_key or "",
            now=timezone.now(),
        )
        return Response({"authorize_url": url})


class ConnectionView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.COMMUNITY_MANAGE}

    @extend_schema(operation_id="end_connection", request=None, responses={204: OpenApiResponse()})
    def delete(self, request: Request, community: str, connection_id: int) -> Response:
        """Leave the place: its tokens are given back and forgotten. The entity stays claimed."""
        disconnect(
            community_id=tenant_of(request).id,
            connection_id=connection_id,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)
