"""A community's overlays and their URLs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from browser_sources.data import NewSource, Source
from browser_sources.operations import (
    create_source,
    delete_source,
    reveal_source,
    rotate_source,
)
from browser_sources.queries import sources_of, to_source
from browser_sources.serializers import (
    NewSourceOutput,
    RotateInput,
    SourceInput,
    SourceOutput,
)
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.pagination import CursorPages


class SourcesView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.BROWSER_MANAGE,
        "POST": Scope.BROWSER_MANAGE,
    }

    @extend_schema(operation_id="list_sources", responses=SourceOutput(many=True))
    def get(self, request: Request, community: str) -> Response:
        """The community's overlays, without their URLs."""
        pages = CursorPages()
        rows = pages.of(sources_of(tenant_of(request).id), request)
        return pages.get_paginated_response([_source(to_source(row)) for row in rows])

    @extend_schema(
        operation_id="create_source", request=SourceInput, responses={201: NewSourceOutput}
    )
    def post(self, request: Request, community: str) -> Response:
        """Make an overlay. 409 `too_many_sources` when there are 50."""
        form = SourceInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = create_source(
            community_id=tenant_of(request).id,
            kind=form.validated_data["type"],
            name=form.validated_data.get("name", ""),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(_with_url(made), status=201)


class SourceView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.BROWSER_MANAGE}

    @extend_schema(operation_id="revoke_source", request=None, responses={204: OpenApiResponse()})
    def delete(self, request: Request, community: str, source: str) -> Response:
        """Revoke an overlay's URL: its pages are closed within a second."""
        delete_source(**_asked(request, source))
        return Response(status=204)


class RotateView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.BROWSER_MANAGE}

    @extend_schema(
        operation_id="rotate_source", request=RotateInput, responses={200: NewSourceOutput}
    )
    def post(self, request: Request, community: str, source: str) -> Response:
        """Give an overlay a new URL; the old one works `grace_s` seconds more."""
        form = RotateInput(data=request.data)
        form.is_valid(raise_exception=True)
        made = rotate_source(**_asked(request, source), grace_s=form.validated_data["grace_s"])
        return Response(_with_url(made))


class RevealView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.BROWSER_MANAGE}
    idempotency = False

    @extend_schema(operation_id="reveal_source", request=None, responses={200: NewSourceOutput})
    def post(self, request: Request, community: str, source: str) -> Response:
        """Show an overlay's URL again. Who asked is written into the audit log."""
        return Response(_with_url(reveal_source(**_asked(request, source))))


def _asked(request: Request, source: str) -> dict[str, Any]:
    if not (source.isascii() and source.isdigit() and len(source) < 19):  # noqa: PLR2004
        raise NotFoundError
    return {
        "community_id": tenant_of(request).id,
        "source_id": int(source),
        "actor": actor_of(credential_of(request)),
        "now": timezone.now(),
    }


def _with_url(made: NewSource) -> dict[str, Any]:
    return _source(made.source) | {"url": made.url}


def _source(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "type": source.type,
        "name": source.name,
        "created_at": source.created_at,
        "last_used_at": source.last_used_at,
    }
