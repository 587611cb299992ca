"""Giving labels and taking them, one or a thousand at a time."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity import api as identity
from identity.data import Scope, Tenant
from labels.data import Giver, Kind, Result
from labels.operations.assigning import NOBODY, Asker, Wish, assign_named, remove_named
from labels.permissions import record_refused, refusals_to_give
from labels.views import shapes
from labels.views.common import COMMUNITY
from labels.wire import LIST_BYTES, answer_of, read_assignments, wishes_of
from waddlebot.lib.rest import BytesParser


class AssignmentsView(APIView):
    """Reads the body itself: a thousand items are checked at once, and each fails alone."""

    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}
    parser_classes = (BytesParser,)
    max_body = LIST_BYTES
    write: ClassVar[Callable[..., list[Result]]] = staticmethod(assign_named)
    status_of_one = 201

    @extend_schema(
        operation_id="assign_labels",
        parameters=[COMMUNITY],
        request={"application/json": shapes.ASSIGNMENTS},
        responses={
            200: OpenApiResponse(shapes.RESULTS),
            201: OpenApiResponse(shapes.ASSIGNMENT),
        },
    )
    def post(self, request: Request) -> Response:
        """Give one label, or up to a thousand: then each item is answered in its place."""
        data: Any = request.data
        asked = read_assignments(data if isinstance(data, bytes) else b"")
        place = _place(request, asked.community)
        write = partial(
            type(self).write,
            community_id=place.id if place else None,
            asker=_asker(request, place),
            now=timezone.now(),
        )
        wishes = wishes_of(asked, place)
        results = write(wishes=wishes)
        late = [
            index
            for index, each in enumerate(zip(wishes, results, strict=True))
            if _is_unknown(*each)
        ]
        if late and place and identity.catch_up(place.id):
            again = write(wishes=[wishes[index] for index in late])
            for index, result in zip(late, again, strict=True):
                results[index] = result
        if place and any(result.code == "forbidden" for result in results):
            record_refused(request, place, "labels:assign")
        status = 200 if asked.is_list else self.status_of_one
        return Response(answer_of(asked, results), status=status)


class RemovalsView(AssignmentsView):
    write = staticmethod(remove_named)
    status_of_one = 200

    @extend_schema(
        operation_id="remove_labels",
        parameters=[COMMUNITY],
        request={"application/json": shapes.ASSIGNMENTS},
        responses={200: OpenApiResponse({"oneOf": [shapes.RESULTS, shapes.ASSIGNMENT]})},
    )
    def post(self, request: Request) -> Response:
        """Take one label away, or up to a thousand. No rule gives back what was taken here."""
        return super().post(request)


def _is_unknown(wish: Wish | Result, result: Result) -> bool:
    """Say whether it was about an account nobody knows: perhaps one that has only just spoken."""
    account = isinstance(wish, Wish) and wish.kind is Kind.USER and ":" in str(wish.object_id)
    return account and result is NOBODY


def _place(request: Request, named: int | str | None) -> Tenant | None:
    """Return the community it is about; None, for staff who name none: the system's labels."""
    credential = identity.credential_of(request)
    reference = request.query_params.get("community") or named
    if reference is None and credential.is_staff and credential.community_id is None:
        identity.require(credential, Scope.ADMIN, None)
        return None
    place = identity.enter(request, Scope.LABELS_WRITE, reference)
    identity.require_second_factor(credential, place.id)
    return place


def _asker(request: Request, place: Tenant | None) -> Asker:
    credential = identity.credential_of(request)
    giver = Giver(identity.actor_of(credential))
    if place is None:
        return Asker(giver, lambda _: {})
    return Asker(giver, partial(refusals_to_give, credential, place.id))
