"""Assigning and removing many at once, by a number of statements that does not grow with them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from labels.data import Change, Ended, Giver, Kind, Pin, Result, Status
from labels.models import Label, ObjectLabel, UserLabel
from labels.operations.announcing import forget_everybody, forget_people
from labels.signals import labels_changed
from waddlebot.lib.locks import hold

UNKNOWN: Final = Result(Status.ERROR, "unknown_label", "There is no such label.")


def assign(
    *, community_id: int | None, kind: Kind, pins: Sequence[Pin], giver: Giver, now: datetime
) -> list[Result]:
    """Pin labels of one community on objects of one kind; return what became of each, in order.

    Whoever may not, and objects that are not there, were sorted out before.
    """
    with transaction.atomic():
        hold("labels", community_id)
        labels = _labels(community_id, kind, pins)
        results = [_one(pin, labels, kind, giver, now) for pin in pins]
        gained = [
            pin
            for pin, result in zip(pins, results, strict=True)
            if result.status in {Status.CREATED, Status.REPLACED}
        ]
        _tell(community_id, kind, gained, giver.source.value, now, is_gain=True)
    return results


def remove(
    *, community_id: int | None, kind: Kind, pins: Sequence[Pin], giver: Giver, now: datetime
) -> list[Result]:
    """Take labels off. Taking one that is not held is `unchanged`."""
    with transaction.atomic():
        hold("labels", community_id)
        labels = _labels(community_id, kind, pins)
        results = [
            UNKNOWN
            if pin.label_id not in labels
            else Result(
                Status.REMOVED
                if _end(kind, _same(kind, pin), Ended.TAKEN, giver, now)
                else Status.UNCHANGED
            )
            for pin in pins
        ]
        lost = [
            pin
            for pin, result in zip(pins, results, strict=True)
            if result.status is Status.REMOVED
        ]
        _tell(community_id, kind, lost, Ended.TAKEN.value, now, is_gain=False)
    return results


def _labels(community_id: int | None, kind: Kind, pins: Iterable[Pin]) -> dict[int, Label]:
    ids = {pin.label_id for pin in pins}
    return Label.objects.alive().filter(Q(community=community_id), kind=kind).in_bulk(ids)


def _one(pin: Pin, labels: dict[int, Label], kind: Kind, giver: Giver, now: datetime) -> Result:
    label = labels.get(pin.label_id)
    if label is None:
        return UNKNOWN
    expired = _same(kind, pin) & Q(valid_until__lte=now)
    _end(kind, expired, Ended.EXPIRED, giver, now)
    known = _model(kind).objects.filter(_same(kind, pin)).first()
    if known and (known.valid_from, known.valid_until) == (pin.valid_from, pin.valid_until):
        return Result(Status.UNCHANGED)
    gone = _same(kind, pin)
    if label.exclusive:
        gone |= _of(kind, pin) & Q(community_id=label.community_id, exclusive_scope=label.scope)
    replaced = _end(kind, gone & Q(ended_at=None), Ended.REPLACED, giver, now)
    _insert(label, kind, pin, giver, now)
    return Result(Status.REPLACED if replaced else Status.CREATED)


def _insert(label: Label, kind: Kind, pin: Pin, giver: Giver, now: datetime) -> None:
    whose = {"user_id": pin.target} if kind is Kind.USER else {"object_id": pin.target}
    if kind is not Kind.USER:
        whose["kind"] = kind.value
    _model(kind).objects.create(
        label=label,
        community_id=label.community_id,
        exclusive_scope=label.scope if label.exclusive else "",
        source=giver.source.value,
        source_ref=giver.source_ref,
        reason=pin.reason,
        given_at=now,
        given_by=giver.actor,
        valid_from=pin.valid_from,
        valid_until=pin.valid_until,
        **whose,
    )


def _end(kind: Kind, which: Q, because: Ended, giver: Giver, now: datetime) -> int:
    ended = {"ended_at": now, "ended_by": giver.actor, "ended_because": because.value}
    return int(_model(kind).objects.filter(which, ended_at=None).update(**ended))


def _model(kind: Kind) -> "type[UserLabel] | type[ObjectLabel]":
    return UserLabel if kind is Kind.USER else ObjectLabel


def _of(kind: Kind, pin: Pin) -> Q:
    return Q(user_id=pin.target) if kind is Kind.USER else Q(kind=kind.value, object_id=pin.target)


def _same(kind: Kind, pin: Pin) -> Q:
    return _of(kind, pin) & Q(label_id=pin.label_id, ended_at=None)


def _tell(
    community_id: int | None,
    kind: Kind,
    pins: Sequence[Pin],
    because: str,
    now: datetime,
    *,
    is_gain: bool,
) -> None:
    if not pins:
        return
    if kind is Kind.USER and community_id is not None:
        people = sorted({int(pin.target) for pin in pins})
        forget_people(community_id=community_id, user_ids=people)
    else:
        forget_everybody()
    targets: dict[int, list[int | str]] = defaultdict(list)
    for pin in pins:
        targets[pin.label_id].append(pin.target)
    changes = tuple(
        Change(label_id, kind, tuple(found), is_gain, because)
        for label_id, found in targets.items()
    )
    labels_changed.send(sender=Label, community_id=community_id, changes=changes, now=now)
