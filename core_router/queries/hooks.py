"""Event hooks of a community: in memory for the pipeline, as rows for who manages them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from core_router.models import EventDelivery, EventHook
from waddlebot.lib.cache import LocalCache
from waddlebot.lib.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Hook:
    """One that is told of events."""

    id: int
    engine_id: int
    is_sequential: bool


def hooks_of(community_id: int) -> Mapping[str, Sequence[Hook]]:
    """Return who is told of each type of message, the first by priority first."""
    return _hooks.get(str(community_id))


def load_hooks(community_id: str) -> Mapping[str, Sequence[Hook]]:
    found: dict[str, list[Hook]] = defaultdict(list)
    rows = EventHook.objects.filter(community_id=int(community_id), enabled=True)
    for row in rows.order_by("priority", "id"):
        hook = Hook(row.pk, row.engine_id, row.mode == "sequential")
        for message_type in row.message_types:
            found[message_type].append(hook)
    return dict(found)


def hook_rows(community_id: int) -> QuerySet[EventHook]:
    return EventHook.objects.filter(community_id=community_id).select_related("engine")


def hook_row(*, community_id: int, hook_id: int) -> EventHook:
    """Raises NotFoundError: unknown, or not yours."""
    row = hook_rows(community_id).filter(pk=hook_id).first()
    if row is None:
        raise NotFoundError
    return row


def delivery_rows(hook: EventHook, state: str | None) -> QuerySet[EventDelivery]:
    rows = EventDelivery.objects.filter(hook=hook).select_related("lane")
    return rows.filter(state=state) if state else rows


_hooks = LocalCache("hooks", load_hooks)
