"""Entity groups."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of, enter
from identity.data import Scope, Tenant
from labels.models import EntityGroup
from labels.operations.groups import add_group, change_group, locked_group, remove_group
from labels.permissions import Reach, demand, on_record
from labels.queries.groups import group_row, groups_of, lent_by, members_of
from labels.serializers.groups import (
    GroupChange,
    GroupInput,
    GroupOutput,
    OneGroupOutput,
    group_bodies,
)
from labels.views.common import COMMUNITY
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.pagination import CursorPages
from waddlebot.lib.retries import in_transaction

MANAGE = "labels:manage"


class GroupsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.LABELS_READ,
        "POST": Scope.LABELS_WRITE,
    }
    pagination_class = CursorPages

    @extend_schema(
        operation_id="list_entity_groups",
        parameters=[COMMUNITY],
        responses=GroupOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        place = enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        pages = CursorPages()
        rows = pages.of(groups_of(place.id), request)
        return pages.get_paginated_response(group_bodies(rows, place))

    @extend_schema(
        operation_id="create_entity_group", request=GroupInput, responses={201: OneGroupOutput}
    )
    def post(self, request: Request) -> Response:
        """Name channels and servers together, across platforms, and put people in them."""
        form = GroupInput(data=request.data)
        form.is_valid(raise_exception=True)
        place = enter(request, Scope.LABELS_WRITE, form.validated_data.get("community"))
        demand(request, place, MANAGE)
        row = add_group(
            community_id=place.id,
            wish=form.to_wish(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(_one(row.pk, place), status=201)


class GroupView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.LABELS_READ,
        "PATCH": Scope.LABELS_WRITE,
        "DELETE": Scope.LABELS_WRITE,
    }

    @extend_schema(operation_id="read_entity_group", responses=OneGroupOutput)
    def get(self, request: Request, group_id: int) -> Response:
        row, place = entered(request, Scope.LABELS_READ, group_id)
        return Response(_one(row.pk, place))

    @extend_schema(
        operation_id="change_entity_group",
        request=GroupChange(partial=True),
        responses=OneGroupOutput,
    )
    def patch(self, request: Request, group_id: int) -> Response:
        """Change what is named; lists are replaced whole. Circles of groups are refused.

        Where its people hold labels by it is for those who may give these (403 `beyond_reach`).
        """
        row, place = managed(request, group_id)
        form = GroupChange(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with on_record(request, place):
            _change(request, form.validated_data, row.pk, place)
        return Response(_one(row.pk, place))

    @extend_schema(operation_id="remove_entity_group", responses={204: None})
    def delete(self, request: Request, group_id: int) -> Response:
        """Take its labels off and remove it; while it gives roles on platforms, that is a 409."""
        row, place = managed(request, group_id)
        with on_record(request, place):
            _remove(request, row.pk, place)
        return Response(status=204)


def entered(request: Request, scope: Scope, group_id: int) -> tuple[EntityGroup, Tenant]:
    """Return a group whose community the asker may enter; any other is not there."""
    row = group_row(group_id)
    return row, enter(request, scope, row.community_id)


def managed(
    request: Request, group_id: int, scope: Scope = Scope.LABELS_WRITE
) -> tuple[EntityGroup, Tenant]:
    """Return a group that the asker may change, or look at as who may."""
    row, place = entered(request, scope, group_id)
    demand(request, place, MANAGE)
    return row, place


@in_transaction
def _change(request: Request, changes: Mapping[str, Any], group_id: int, place: Tenant) -> None:
    reach, row = Reach.of(request, place), locked_group(group_id)
    lent = lent_by(row)
    actor = actor_of(credential_of(request))
    change_group(group_id=row.pk, changes=changes, actor=actor, now=timezone.now())
    if changes.keys() & {"entities", "parents"}:
        reach.demand_lending((lent | lent_by(row)).values())


@in_transaction
def _remove(request: Request, group_id: int, place: Tenant) -> None:
    row = locked_group(group_id)
    Reach.of(request, place).demand_lending(lent_by(row).values())
    actor = actor_of(credential_of(request))
    remove_group(group_id=row.pk, actor=actor, now=timezone.now())


def _one(group_id: int, place: Tenant) -> dict[str, object]:
    rows = list(groups_of(place.id).filter(pk=group_id))
    if not rows:  # Somebody has just removed it.
        raise NotFoundError
    (body,) = group_bodies(rows, place)
    return body | {"members": members_of(group_id).count()}
