"""Who holds what: now, at any moment, and all there ever was."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity import api as identity
from identity.data import Scope, Tenant
from labels.data import Kind
from labels.models import Label
from labels.permissions import record_refused, refusal_of
from labels.queries.naming import objects_named
from labels.queries.spells import Spells, counting_at, label_ever, spells_of, spells_on
from labels.serializers.spells import SpellOutput, spell_bodies
from labels.views.common import COMMUNITY, moment_in
from waddlebot.lib.errors import ForbiddenError, NotFoundError
from waddlebot.lib.pagination import CursorPages

AT = OpenApiParameter(
    "at",
    datetime,
    description="What counted then; without it, now. For those who may give labels.",
)
KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=[kind.value for kind in Kind])
WITHHELD = "Who held what before is for those who may give labels."


class SpellsView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    def answer(self, request: Request, spells: Spells, *, tells_who: bool) -> Response:
        pages = CursorPages()
        rows = pages.of(spells, request)
        return pages.get_paginated_response(spell_bodies(rows, tells_who=tells_who))


class ObjectLabelsView(SpellsView):
    @extend_schema(
        operation_id="list_labels_of_object",
        parameters=[KIND, COMMUNITY, AT],
        responses=SpellOutput(many=True),
    )
    def get(self, request: Request, kind: str, object_id: str) -> Response:
        """The labels that somebody or something holds, those of the system among them."""
        place, target = _object(request, kind, object_id)
        may = _may_know(request, place)
        moment = _moment(request, place, may=may or _is_asker(request, kind, target))
        spells = spells_on(Kind(kind), target, community_id=place.id)
        return self.answer(request, counting_at(spells, moment), tells_who=may)


class ObjectHistoryView(SpellsView):
    @extend_schema(
        operation_id="read_label_history",
        parameters=[KIND, COMMUNITY],
        responses=SpellOutput(many=True),
    )
    def get(self, request: Request, kind: str, object_id: str) -> Response:
        """All labels somebody or something ever held, the last first: who gave and took them."""
        place, target = _object(request, kind, object_id)
        may = _may_know(request, place)
        if not (may or _is_asker(request, kind, target)):
            record_refused(request, place, "withheld")
            raise ForbiddenError(WITHHELD)
        spells = spells_on(Kind(kind), target, community_id=place.id)
        return self.answer(request, spells, tells_who=may)


class HoldersView(SpellsView):
    @extend_schema(
        operation_id="list_holders_of_label", parameters=[AT], responses=SpellOutput(many=True)
    )
    def get(self, request: Request, label_id: int) -> Response:
        """Who holds a label, those last who were given it first; of a removed one, who held it."""
        label = label_ever(label_id)
        place = _place_of(request, label)
        may = place is None or _may_know(request, place)
        if label.deleted_at is not None and not may:
            raise NotFoundError
        moment = _moment(request, place, may=may)
        return self.answer(request, counting_at(spells_of(label), moment), tells_who=may)


def _place_of(request: Request, label: Label) -> Tenant | None:
    """Return whose a label is; the holders of the system's are for staff."""
    if label.community_id is not None:
        return identity.enter(request, Scope.LABELS_READ, label.community_id)
    identity.require(identity.credential_of(request), Scope.ADMIN, None)
    return None


def _object(request: Request, kind: str, object_id: str) -> tuple[Tenant, int | str]:
    place = identity.enter(request, Scope.LABELS_READ, request.query_params.get("community"))
    if kind not in set(Kind):
        raise NotFoundError
    known = objects_named(Kind(kind), place.id, [object_id])
    if object_id not in known and kind == Kind.USER and identity.catch_up(place.id):
        known = objects_named(Kind.USER, place.id, [object_id])
    if object_id not in known:
        raise NotFoundError
    return place, known[object_id]


def _may_know(request: Request, place: Tenant) -> bool:
    """Tell whether the asker may know who gave what, and what was before."""
    return not refusal_of(identity.credential_of(request), place.id, "labels:assign")


def _is_asker(request: Request, kind: str, target: int | str) -> bool:
    return kind == Kind.USER and target == identity.credential_of(request).user_id


def _moment(request: Request, place: Tenant | None, *, may: bool) -> datetime:
    moment = moment_in(request, "at")
    if moment is None:
        return timezone.now()
    if not may:
        if place is not None:
            record_refused(request, place, "withheld")
        raise ForbiddenError(WITHHELD)
    return moment
