"""The queue of every overlay, in PostgreSQL. Its row's lock decides between processes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from browser_sources.data import MAX_WAITING, ItemState, OverlayEvent, Shown
from browser_sources.models import BrowserSource, OverlayItem
from browser_sources.operations.actions import OverlayAction, fields_of, kind_of, to_action
from browser_sources.operations.announce import announce
from browser_sources.queries import envelope
from waddlebot.lib.errors import DomainError


class QueueFullError(DomainError):
    code = "queue_full"
    status = 429
    headers = {"Retry-After": "10"}


def show(
    *, community_id: int, action: Mapping[str, Any], test: bool = False, now: datetime
) -> Shown:
    """Queue a ticker, media or general action on the community's sources of that type.

    A source whose queue is full is passed over; with none left it raises QueueFullError.
    Locks those sources until the commit: whoever shows for several communities in one
    transaction does so in the order of their ids.
    """
    checked = to_action(action)
    with transaction.atomic():
        sources = _lock_sources(community_id, kind_of(checked))
        roomy = _with_room(sources)
        if sources and not roomy:
            raise QueueFullError(f"{MAX_WAITING} items wait already.")
        items = [_item(source_id, community_id, checked, is_test=test) for source_id in roomy]
        OverlayItem.objects.bulk_create(items)
        for source_id in roomy:
            announce("overlay.queued", source_id=source_id)
    return Shown(tuple(item.id for item in items))


def _lock_sources(community_id: int, kind: str) -> list[int]:
    rows = BrowserSource.objects.filter(community_id=community_id, type=kind).order_by("id")
    return list(rows.select_for_update(no_key=True).values_list("id", flat=True))


def _with_room(source_ids: list[int]) -> list[int]:
    waiting = OverlayItem.objects.filter(source_id__in=source_ids, state=ItemState.WAITING)
    lengths = Counter(waiting.values_list("source_id", flat=True))
    return [source_id for source_id in source_ids if lengths[source_id] < MAX_WAITING]


def _item(
    source_id: int, community_id: int, action: OverlayAction, *, is_test: bool
) -> OverlayItem:
    return OverlayItem(
        source_id=source_id,
        community_id=community_id,
        kind=kind_of(action),
        content=fields_of(action),
        priority=action.priority,
        duration_s=action.shows_for_s,
        is_test=is_test,
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """When to look at each source again (None: when something is queued), what was told of it,
    and whose turn it was not ours to give."""

    wake_at: dict[int, datetime | None]
    told: list[OverlayEvent]
    busy: frozenset[int]


def advance(*, source_ids: Collection[int], now: datetime) -> Turn:
    """End what is over and start what is next on each source, in one transaction.

    Of processes that try at once one wins a source; to the others it is `busy`.
    """
    with transaction.atomic():
        rows = BrowserSource.objects.filter(id__in=source_ids).order_by("id")
        locked = {row.id: row for row in rows.select_for_update(no_key=True, skip_locked=True)}
        current = _current_items(locked)
        waiting = _next_items(locked)
        over = {
            source_id: item
            for source_id, item in current.items()
            if _is_over(item, now=now, replaced=source_id in waiting)
        }
        _end(over.values())
        starting = {
            source_id: item
            for source_id, item in waiting.items()
            if source_id in over or source_id not in current
        }
        _start(starting.values(), now=now)
        showing = {**{k: v for k, v in current.items() if k not in over}, **starting}
        told = _tell(locked, over=over, starting=starting)
    wake_at = {source_id: item.ends_at for source_id, item in showing.items()}
    return Turn(
        wake_at={source_id: wake_at.get(source_id) for source_id in locked},
        told=told,
        busy=frozenset(source_ids) - locked.keys(),
    )


def _current_items(source_ids: Iterable[int]) -> dict[int, OverlayItem]:
    showing = OverlayItem.objects.filter(source_id__in=source_ids, state=ItemState.SHOWING)
    return {item.source_id: item for item in showing}


def _next_items(source_ids: Iterable[int]) -> dict[int, OverlayItem]:
    waiting = OverlayItem.objects.filter(source_id__in=source_ids, state=ItemState.WAITING)
    first = waiting.order_by("source_id", "priority", "id").distinct("source_id")
    return {item.source_id: item for item in first}


def _is_over(item: OverlayItem, *, now: datetime, replaced: bool) -> bool:
    return replaced if item.ends_at is None else item.ends_at <= now


def _end(items: Iterable[OverlayItem]) -> None:
    if ids := [item.id for item in items]:
        OverlayItem.objects.filter(id__in=ids).update(state=ItemState.DONE)


def _start(items: Collection[OverlayItem], *, now: datetime) -> None:
    for item in items:
        item.state = ItemState.SHOWING
        item.started_at = now
        item.ends_at = now + timedelta(seconds=item.duration_s) if item.duration_s else None
    OverlayItem.objects.bulk_update(items, ["state", "started_at", "ends_at"])


def _tell(
    locked: Mapping[int, BrowserSource],
    *,
    over: Mapping[int, OverlayItem],
    starting: Mapping[int, OverlayItem],
) -> list[OverlayEvent]:
    changed = over.keys() | starting.keys()
    BrowserSource.objects.filter(id__in=changed).update(seq=F("seq") + 1)
    told = []
    for source_id in changed:
        seq = locked[source_id].seq + 1
        item = starting.get(source_id)
        message = (
            {"type": "show", "seq": seq, "item": envelope(item)}
            if item
            else {"type": "hide", "seq": seq, "id": str(over[source_id].id)}
        )
        wake_at = item.ends_at if item else None
        told.append(
            announce("overlay.told", source_id=source_id, message=message, wake_at=wake_at)
        )
    return told
