"""Who may what: people by permissions, one permission by its people, and all permissions."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import ClassVar, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity import api as identity
from identity.data import Scope
from labels.data import Question
from labels.queries.bearer import Bearer
from labels.queries.matrix import people, people_who_may, somebody
from labels.queries.rights import labels_that_allow, permissions_in
from labels.registry import question_of
from labels.serializers.matrix import (
    MOST_COLUMNS,
    MatrixOutput,
    MatrixQuery,
    PermissionOutput,
    permission_body,
    rows_of,
)
from labels.views.common import COMMUNITY
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.pagination import BadCursorError, CursorPages, decoded, encoded, limit_of, link

LONGEST_ID: Final = 18


class Forward(CursorPages):
    """Forward only: the cursor is what the last row goes by."""

    def go_on(self, request: Request, last: object) -> None:
        self.next = link(request, encoded(str(last)))


class MatrixView(APIView):
    pagination_class = Forward
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(
        operation_id="read_permission_matrix",
        parameters=[COMMUNITY, MatrixQuery],
        responses=MatrixOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """The people of a community by what they may; or, by one permission, those who may it.

        What a platform says of somebody, and what groups lend at certain places, is not counted.
        """
        place = identity.enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        form = MatrixQuery(data=request.query_params)
        form.is_valid(raise_exception=True)
        asked, pages = form.validated_data, Forward()
        if "permission" in asked:
            question = question_of(asked["permission"], community_id=place.id)
            found = self._who_may(question, place.id, request, pages)
            return pages.get_paginated_response(rows_of(found, [question]))
        columns = _columns(asked.get("permissions"), place.id)
        if "user" in asked:
            found = _one(asked["user"], place.id)
        else:
            found = self._all(place.id, request, pages)
        return pages.get_paginated_response(rows_of(found, columns))

    def _who_may(
        self, question: Question, community_id: int, request: Request, pages: Forward
    ) -> list[Bearer]:
        found, last = people_who_may(
            question,
            community_id=community_id,
            after=_after(request),
            most=limit_of(request),
            now=timezone.now(),
        )
        if last is not None:
            pages.go_on(request, last)
        return found

    def _all(self, community_id: int, request: Request, pages: Forward) -> list[Bearer]:
        most = limit_of(request)
        found = people(
            community_id=community_id, after=_after(request), most=most + 1, now=timezone.now()
        )
        if len(found) > most:
            pages.go_on(request, found[most - 1].user_id)
        return found[:most]


class PermissionsView(APIView):
    pagination_class = Forward
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(
        operation_id="list_permissions",
        parameters=[COMMUNITY],
        responses=PermissionOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """All there is to be permitted, by name: what it requires, and which labels allow it."""
        place = identity.enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        questions, pages = permissions_in(place.id), Forward()
        names = [question.permission for question in questions]
        first, most = bisect_right(names, _cursor(request)), limit_of(request)
        shown = questions[first : first + most]
        if len(questions) > first + most:
            pages.go_on(request, shown[-1].permission)
        bodies = [permission_body(each, labels_that_allow(each, place.id)) for each in shown]
        return pages.get_paginated_response(bodies)


def _columns(names: list[str] | None, community_id: int) -> list[Question]:
    if names is None:
        return permissions_in(community_id)[:MOST_COLUMNS]
    return [question_of(name, community_id=community_id) for name in names]


def _one(reference: str, community_id: int) -> list[Bearer]:
    user_id = identity.person_here(community_id=community_id, reference=reference)
    if user_id is None:
        raise NotFoundError
    return somebody(user_id, community_id=community_id, now=timezone.now())


def _cursor(request: Request) -> str:
    raw = request.query_params.get("cursor", "")
    try:
        return decoded(raw)
    except ValueError:
        raise BadCursorError from None


def _after(request: Request) -> int:
    """Return the id of the last person of the page before, 0 for the first page."""
    text = _cursor(request) or "0"
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
        raise BadCursorError
    return int(text)
