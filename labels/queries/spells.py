"""Who held what, and when: now, at any moment, or all there ever was."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from labels.data import Kind
from labels.models import Label, ObjectLabel, UserLabel
from waddlebot.lib.errors import NotFoundError

Spells = QuerySet[Any]


def spells_on(kind: Kind, target: int | str, *, community_id: int) -> Spells:
    """Return all spells of one object, with the labels of a community and of the system."""
    of = {"user_id": target} if kind is Kind.USER else {"kind": kind.value, "object_id": target}
    here = Q(community=community_id) | Q(community=None)
    return _table(kind).objects.filter(here, **of).select_related("label")


def label_ever(label_id: int) -> Label:
    """Return a label though it may have been removed. Raises NotFoundError."""
    label = Label.objects.filter(pk=label_id).first()
    if label is None:
        raise NotFoundError
    return label


def spells_of(label: Label) -> Spells:
    """Return all spells of one label, whoever held it."""
    return _table(Kind(label.kind)).objects.filter(label=label).select_related("label")


def counting_at(spells: Spells, moment: datetime) -> Spells:
    """Leave those that counted at a moment, as it was known then; later ones as it is now."""
    return spells.filter(
        Q(ended_at=None) | Q(ended_at__gt=moment),
        Q(valid_from=None) | Q(valid_from__lte=moment),
        Q(valid_until=None) | Q(valid_until__gt=moment),
        Q(label__deleted_at=None) | Q(label__deleted_at__gt=moment),
        given_at__lte=moment,
    )


def _table(kind: Kind) -> "type[UserLabel] | type[ObjectLabel]":
    return UserLabel if kind is Kind.USER else ObjectLabel
