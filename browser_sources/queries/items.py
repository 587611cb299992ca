"""What overlays show and hold back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from browser_sources.data import ItemState
from browser_sources.models import BrowserSource, OverlayItem


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a page needs to know when it connects; `message` is as the contract has it."""

    seq: int
    message: dict[str, Any]
    wake_at: datetime | None


def envelope(item: OverlayItem) -> dict[str, Any]:
    """Return an item as a page is told of it."""
    started_at = stamp(item.started_at) if item.started_at else None
    return {
        "id": str(item.id),
        "kind": item.kind,
        **item.content,
        "started_at": started_at,
        "test": item.is_test,
    }


def snapshot(*, source_id: int, now: datetime) -> Snapshot | None:
    """Return what the source shows now, or None when there is no such source."""
    seq = BrowserSource.objects.filter(id=source_id).values_list("seq", flat=True).first()
    if seq is None:
        return None
    items = OverlayItem.objects.filter(source_id=source_id)
    current = items.filter(state=ItemState.SHOWING).first()
    if current and current.ends_at and current.ends_at <= now:
        current = None
    message = {
        "type": "snapshot",
        "seq": seq,
        "source": source_id,
        "queue": {"length": items.filter(state=ItemState.WAITING).count(), "paused": False},
        "current": envelope(current) if current else None,
        "now": stamp(now),
    }
    return Snapshot(seq, message, current.ends_at if current else None)


def pending(source_ids: Collection[int]) -> frozenset[int]:
    """Return those of the sources where something waits to begin or to end."""
    ends = Q(state=ItemState.SHOWING, ends_at__isnull=False)
    moving = Q(state=ItemState.WAITING) | ends
    items = OverlayItem.objects.filter(moving, source_id__in=source_ids)
    return frozenset(items.values_list("source_id", flat=True).distinct())


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
