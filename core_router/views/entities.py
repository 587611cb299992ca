"""The places a community has claimed."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.entities import claim_entity, entity_row, release_entity
from core_router.operations.place_codes import issue_code
from core_router.queries.entities import entity_rows
from core_router.serializers import EntitySerializer
from core_router.serializers.entities import CodeSerializer
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.pagination import CursorPages
from waddlebot.lib.places import Place, place_of


class EntitiesView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "POST": Scope.ROUTER_MANAGE,
    }
    pagination_class = CursorPages

    @extend_schema(operation_id="list_entities", responses=EntitySerializer(many=True))
    def get(self, request: Request, community: str) -> Response:
        pages = CursorPages()
        rows = pages.of(entity_rows(tenant_of(request).id), request)
        return pages.get_paginated_response(EntitySerializer(rows, many=True).data)

    @extend_schema(
        operation_id="claim_entity",
        request=EntitySerializer,
        responses={200: EntitySerializer, 201: EntitySerializer},
    )
    def post(self, request: Request, community: str) -> Response:
        form = EntitySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return _claim(request, form.to_place(), form.wished_priority)


class EntityView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "POST": Scope.ROUTER_MANAGE,
        "DELETE": Scope.ROUTER_MANAGE,
    }

    @extend_schema(responses=EntitySerializer)
    def get(self, request: Request, community: str, entity: str) -> Response:
        row = entity_row(community_id=tenant_of(request).id, key=entity)
        return Response(EntitySerializer(row).data)

    @extend_schema(
        operation_id="claim_entity_by_name",
        request=None,
        responses={200: EntitySerializer, 201: EntitySerializer},
    )
    def post(self, request: Request, community: str, entity: str) -> Response:
        return _claim(request, place_of(entity))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, community: str, entity: str) -> Response:
        release_entity(
            community_id=tenant_of(request).id,
            key=entity,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)


class CodeView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.ROUTER_MANAGE}

    @extend_schema(operation_id="issue_entity_code", request=None, responses={201: CodeSerializer})
    def post(self, request: Request, community: str, entity: str) -> Response:
        """Make a code that proves the place: its broadcaster, owner or admin types it there.

        It is shown once, is good for ten minutes and takes the place of the former one.
        """
        issued = issue_code(
            community_id=tenant_of(request).id,
            place=place_of(entity),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(CodeSerializer(issued).data, status=201)


def _claim(request: Request, place: Place, priority: int | None = None) -> Response:
    claim = claim_entity(
        community_id=tenant_of(request).id,
        platform=place.platform,
        server_id=place.server_id,
        channel_id=place.channel_id,
        priority=priority,
        actor=actor_of(credential_of(request)),
        now=timezone.now(),
    )
    return Response(EntitySerializer(claim).data, status=201 if claim.is_new else 200)
