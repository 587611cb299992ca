"""Who is in an entity group."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of
from identity.data import Scope
from labels.data import Result, Status
from labels.models import EntityGroup
from labels.operations.assigning.refusals import NotAssignedError
from labels.operations.groups import add_members, remove_members
from labels.permissions import Reach, on_record
from labels.queries.groups import lent_by, members_of
from labels.serializers.members import (
    MEMBERS,
    ONE_RESULT,
    GroupMemberOutput,
    Named,
    member_body,
    read_members,
)
from labels.views.groups import entered, managed
from labels.views.shapes import RESULTS
from labels.wire import LIST_BYTES, results_of
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.pagination import CursorPages

Change = Callable[..., list[Result]]


class MembersView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.LABELS_READ,
        "POST": Scope.LABELS_WRITE,
    }
    pagination_class = CursorPages
    max_body = LIST_BYTES

    @extend_schema(
        operation_id="list_entity_group_members", responses=GroupMemberOutput(many=True)
    )
    def get(self, request: Request, group_id: int) -> Response:
        """Those in the group itself, who came last first."""
        row, _ = entered(request, Scope.LABELS_READ, group_id)
        pages = CursorPages()
        rows = pages.of(members_of(row.pk), request)
        return pages.get_paginated_response([member_body(each) for each in rows])

    @extend_schema(
        operation_id="add_entity_group_members",
        request={"application/json": MEMBERS},
        responses={200: OpenApiResponse(RESULTS), 201: OpenApiResponse(ONE_RESULT)},
    )
    def post(self, request: Request, group_id: int) -> Response:
        """Put somebody in, or up to a thousand: then each is answered in their place.

        They hold the labels of the group from now on, so this is for those who may give these.
        """
        return _change(request, group_id, add_members, status_of_one=201)


class LeaversView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}
    max_body = LIST_BYTES

    @extend_schema(
        operation_id="remove_entity_group_members",
        request={"application/json": MEMBERS},
        responses={200: OpenApiResponse({"oneOf": [RESULTS, ONE_RESULT]})},
    )
    def post(self, request: Request, group_id: int) -> Response:
        """Take somebody out, or up to a thousand. Taking out who is not in is `unchanged`."""
        return _change(request, group_id, remove_members, status_of_one=200)


class MemberView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.LABELS_WRITE}

    @extend_schema(operation_id="remove_entity_group_member", responses={204: None})
    def delete(self, request: Request, group_id: int, user: str) -> Response:
        """Take somebody out, by public id or account (`twitch:42`)."""
        named = Named([user], is_list=False)
        (result,) = _written(request, _led(request, group_id), remove_members, named)
        if result.status is not Status.REMOVED:
            raise NotFoundError
        return Response(status=204)


def _change(request: Request, group_id: int, change: Change, *, status_of_one: int) -> Response:
    row = _led(request, group_id)
    named = read_members(request.data)
    results = _written(request, row, change, named)
    if named.is_list:
        return Response(results_of(results, {}))
    (result,), (user,) = results, named.references
    if result.status is Status.ERROR:
        raise NotAssignedError(result)
    return Response({"status": result.status, "user": user}, status=status_of_one)


def _led(request: Request, group_id: int) -> EntityGroup:
    """Return a group of which the asker may decide who is in it."""
    row, place = managed(request, group_id)
    with on_record(request, place):
        Reach.of(request, place).demand_lending(lent_by(row).values())
    return row


def _written(request: Request, row: EntityGroup, change: Change, named: Named) -> list[Result]:
    actor = actor_of(credential_of(request))
    return change(row=row, references=named.references, actor=actor, now=timezone.now())
