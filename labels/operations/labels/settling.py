"""Bringing what is held in line with a label that was removed, or that excludes others now.

The label says at once what counts; its rows follow in chunks, one here and the rest in a worker.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from labels.data import Change, Ended, Kind
from labels.models import Label
from labels.operations.announcing import forget_holders
from labels.operations.labels.adding import lock_labels
from labels.queries.holders import key_of, rows_beside
from labels.signals import labels_changed
from waddlebot.lib.nudge import nudge

START: Final[Mapping[str, int | str]] = {"user_id": 0, "object_id": ""}


def settle_soon(row: Label, now: datetime) -> None:
    """Settle the first holders of a label that is locked, and leave the others to a worker."""
    row.unsettled_at = now
    if _settle_chunk(row, START[key_of(row)], now) is None:
        row.unsettled_at = None
    else:
        transaction.on_commit(partial(nudge, "labels.tasks.settle_labels"))
    row.save(update_fields=["unsettled_at"])


def settle_labels(*, clock: Callable[[], datetime]) -> None:
    """Settle all that is left to do; run twice at once, both do some of it."""
    waiting = Label.objects.filter(unsettled_at__isnull=False).order_by("unsettled_at")
    for label_id in list(waiting.values_list("pk", flat=True)):
        _settle(label_id, clock)


def _settle(label_id: int, clock: Callable[[], datetime]) -> None:
    since, after = None, None
    while True:
        with transaction.atomic():
            lock_labels(Label.objects.get(pk=label_id).community_id)
            row = Label.objects.get(pk=label_id)
            if row.unsettled_at is None:
                return
            if row.unsettled_at != since:  # It was changed again: all have to be looked at.
                since, after = row.unsettled_at, START[key_of(row)]
            after = _settle_chunk(row, after, clock())
            if after is None:
                row.unsettled_at = None
                row.save(update_fields=["unsettled_at"])
                return


def _settle_chunk(row: Label, after: Any, now: datetime) -> Any:
    """Settle the holders that follow `after`; return the last of them, None when that is all."""
    key, most = key_of(row), settings.BULK_OPERATION_SIZE
    following = rows_beside(row).filter(**{f"{key}__gt": after}, label=row).order_by(key)
    mine = list(following[:most])
    if row.deleted_at is None:
        _exclude(row, mine, now)
    else:
        _end(row, mine, Ended.LABEL_DELETED, row.deleted_by, row.deleted_at)
    return getattr(mine[-1], key) if len(mine) == most else None


def _exclude(row: Label, mine: Sequence[Any], now: datetime) -> None:
    """Leave everybody one label of the scope, the one they were given last."""
    key, scope = key_of(row), row.exclusive_scope
    held = {getattr(each, key): each for each in mine}
    rivals: Iterable[Any] = ()
    if scope:
        rivals = rows_beside(row).filter(**{f"{key}__in": held}, exclusive_scope=scope)
        rivals = rivals.exclude(label=row)
    lost = [
        min(rival, held[getattr(rival, key)], key=lambda each: (each.given_at, each.pk))
        for rival in rivals
    ]
    _end(row, lost, Ended.REPLACED, "system", now)
    kept = {each.pk for each in mine} - {each.pk for each in lost}
    rows_beside(row).filter(pk__in=kept).exclude(exclusive_scope=scope).update(
        exclusive_scope=scope
    )


def _end(row: Label, lost: Sequence[Any], because: Ended, actor: str, when: datetime) -> None:
    """End rows of a label, or of its siblings."""
    if not lost:
        return
    rows_beside(row).filter(pk__in=[each.pk for each in lost]).update(
        ended_at=when, ended_by=actor, ended_because=because.value
    )
    losers: dict[int, list[Any]] = defaultdict(list)
    for each in lost:
        losers[each.label_id].append(getattr(each, key_of(row)))
    targets = {target for found in losers.values() for target in found}
    forget_holders(community_id=row.community_id, kind=Kind(row.kind), targets=targets)
    changes = tuple(
        Change(label_id, Kind(row.kind), tuple(found), gained=False, because=because.value)
        for label_id, found in losers.items()
    )
    labels_changed.send(sender=Label, community_id=row.community_id, changes=changes, now=when)
