"""Labels of a community, and the system's."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of, enter, require
from identity.data import Scope, Tenant
from labels.models import Label
from labels.operations.labels import add_label, change_label, locked_row, remove_label
from labels.permissions import Reach, demand, on_record
from labels.queries.holders import holder_counts
from labels.queries.impact import impact_of
from labels.queries.labels import Power, label_row, listed, power_of, with_parents
from labels.serializers.labels import (
    KINDS,
    ImpactOutput,
    LabelInput,
    LabelOutput,
    impact_body,
    label_bodies,
)
from labels.views.common import COMMUNITY, choice_in, text_in
from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.pagination import CursorPages
from waddlebot.lib.retries import in_transaction

CONFIRM = OpenApiParameter(
    "confirm", str, description="The label's name: yes, this is meant. See 409 `label_in_use`."
)


class LabelsView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ, "POST": Scope.LABELS_WRITE}

    @extend_schema(
        operation_id="list_labels",
        parameters=[
            COMMUNITY,
            OpenApiParameter("kind", str, enum=KINDS),
            OpenApiParameter("q", str, description="Part of a name or description."),
        ],
        responses=LabelOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """The labels of a community, and those of the system, newest first."""
        place = enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        kind, text = choice_in(request, "kind", KINDS), text_in(request, "q")
        pages = CursorPages()
        rows = pages.of(listed(place.id, kind=kind, text=text), request)
        return pages.get_paginated_response(_bodies(rows, place))

    @extend_schema(operation_id="create_label", request=LabelInput, responses={201: LabelOutput})
    def post(self, request: Request) -> Response:
        """Make a label. 409 `label_exists`, or `too_many_labels` beyond the community's quota.

        A label that grants what the asker may not do themselves is refused (403 `beyond_reach`).
        """
        form = LabelInput(data=request.data)
        form.is_valid(raise_exception=True)
        place = _place_for(request, form.validated_data)
        with on_record(request, place) if place else nullcontext():
            row = _added(request, form, place)
        return Response(_body(row.pk, place), status=201)


class LabelView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.LABELS_READ,
        "PATCH": Scope.LABELS_WRITE,
        "DELETE": Scope.LABELS_WRITE,
    }

    @extend_schema(operation_id="read_label", responses=LabelOutput)
    def get(self, request: Request, label_id: int) -> Response:
        place = _place_of(request, label_row(label_id), Scope.LABELS_READ)
        return Response(_body(label_id, place))

    @extend_schema(
        operation_id="change_label",
        parameters=[CONFIRM],
        request=LabelInput(partial=True),
        responses=LabelOutput,
    )
    def patch(self, request: Request, label_id: int) -> Response:
        """Change a label; `parents` and `grants` are replaced whole, its kind stays.

        409 `label_in_use` when commands or rules name it by the name it would lose, and
        `labels_would_be_taken` when people would lose one because it becomes exclusive.
        """
        place = _managed(request, label_row(label_id))
        form = LabelInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        with on_record(request, place) if place else nullcontext():
            _change(request, form, label_id, place)
        return Response(_body(label_id, place))

    @extend_schema(
        operation_id="delete_label", parameters=[CONFIRM], request=None, responses={204: None}
    )
    def delete(self, request: Request, label_id: int) -> Response:
        """Remove a label; whoever holds it does so no longer. Its history stays.

        409 `label_in_use` as long as something hangs on it and that is not confirmed.
        """
        place = _managed(request, label_row(label_id))
        with on_record(request, place) if place else nullcontext():
            _remove(request, label_id, place)
        return Response(status=204)


class ImpactView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(operation_id="read_label_impact", responses=ImpactOutput)
    def get(self, request: Request, label_id: int) -> Response:
        """What would change if this label were called otherwise, exclusive or gone."""
        row = label_row(label_id)
        if _place_of(request, row, Scope.LABELS_READ) is None:
            require(credential_of(request), Scope.ADMIN, None)
        return Response(impact_body(impact_of(row)))


def _place_for(request: Request, given: Mapping[str, Any]) -> Tenant | None:
    """Return where a label may be made; None is the system."""
    if given.get("is_system"):
        require(credential_of(request), Scope.ADMIN, None)
        return None
    place = enter(request, Scope.LABELS_WRITE, given.get("community"))
    demand(request, place, "labels:manage")
    return place


def _place_of(request: Request, row: Label, scope: Scope) -> Tenant | None:
    """Return whose a label is, once it is clear that the asker may know of it."""
    return None if row.is_system else enter(request, scope, row.community_id)


def _managed(request: Request, row: Label) -> Tenant | None:
    """Return whose a label is, once it is clear that the asker may change it."""
    place = _place_of(request, row, Scope.LABELS_WRITE)
    if place is None:
        require(credential_of(request), Scope.ADMIN, None)
    else:
        demand(request, place, "labels:manage")
    return place


@in_transaction
def _added(request: Request, form: LabelInput, place: Tenant | None) -> Label:
    reach = place and Reach.of(request, place)
    row = add_label(
        community_id=place.id if place else None,
        wish=form.to_wish(),
        actor=actor_of(credential_of(request)),
        now=timezone.now(),
    )
    if reach:
        reach.demand(Power(), power_of(row))
    return row


@in_transaction
def _change(request: Request, form: LabelInput, label_id: int, place: Tenant | None) -> None:
    reach = place and Reach.of(request, place)
    row = locked_row(label_id)
    _check_fixed(row, place, form.validated_data)
    before = power_of(row)
    row = change_label(
        label_id=label_id,
        changes=form.to_changes(),
        confirm=request.query_params.get("confirm", ""),
        actor=actor_of(credential_of(request)),
        now=timezone.now(),
    )
    if reach:
        reach.demand(before, power_of(row))


@in_transaction
def _remove(request: Request, label_id: int, place: Tenant | None) -> None:
    row = locked_row(label_id)
    if place:
        Reach.of(request, place).demand(power_of(row), Power())
    remove_label(
        label_id=label_id,
        confirm=request.query_params.get("confirm", ""),
        actor=actor_of(credential_of(request)),
        now=timezone.now(),
    )


def _check_fixed(row: Label, place: Tenant | None, given: Mapping[str, Any]) -> None:
    """Raise when a PATCH names something that stays as it is, and names it otherwise."""
    here: set[Any] = {place.id, str(place.id), place.slug} if place else {None}
    stays: dict[str, set[Any]] = {
        "kind": {row.kind},
        "is_system": {row.is_system},
        "community": here,
    }
    flaws = [
        Flaw(f"#/{name}", "This cannot be changed.")
        for name, values in stays.items()
        if name in given and given[name] not in values
    ]
    if flaws:
        raise InvalidError("A label keeps its kind and its community.", errors=flaws)


def _body(label_id: int, place: Tenant | None) -> dict[str, Any]:
    rows = with_parents(Label.objects.filter(pk=label_id))
    return _bodies(list(rows), place)[0]


def _bodies(rows: list[Label], place: Tenant | None) -> list[dict[str, Any]]:
    return label_bodies(rows, place, holder_counts(row.pk for row in rows))
