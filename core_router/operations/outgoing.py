"""Actions that nobody was waiting for: they go to the connector, or wait for a collector."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core_router.data import Action
from core_router.models import OutgoingAction
from core_router.operations.connector import Parcel, hand_over
from core_router.operations.nudge import wake_collectors
from waddlebot.lib import metrics

logger = logging.getLogger(__name__)

AT_ONCE: Final = 1000
KEPT: Final = timedelta(hours=24)
ENDED_KEPT: Final = timedelta(days=7)


def queue_actions(
    *,
    community_id: int,
    entity: str,
    execution_id: UUID,
    actions: Sequence[Action],
    author: str = "",
    now: datetime,
) -> int:
    """Queue what nobody here has handled, in its order; return how many that are.

    Part of the caller's transaction. What the connector cannot carry is the collector's, which
    hears of it after the commit. `author` is whom an ephemeral answer is for.
    """
    queued = sum(not action.get("handled") for action in actions)
    parcel = Parcel(community_id, entity, execution_id, actions, author)
    (actions,) = hand_over([parcel], now=now)
    rows = [
        OutgoingAction(
            community_id=community_id,
            entity=entity,
            execution_id=execution_id,
            action={**action, "handled": False},
            created_at=now,
            expires_at=now + KEPT,
        )
        for action in actions
        if not action.get("handled")
    ]
    if rows:
        OutgoingAction.objects.bulk_create(rows)
        transaction.on_commit(partial(wake_collectors, entity))
    return queued


def acknowledge(*, community_id: int, entity: str, ids: Sequence[int]) -> int:
    """Forget actions that their collector has done; return how many were still there."""
    rows = OutgoingAction.objects.filter(
        community_id=community_id, entity=entity, carrier="collector", pk__in=ids
    )
    return rows.delete()[0]


def _remove(rows: QuerySet[OutgoingAction]) -> int:
    total = 0
    while ids := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        total += OutgoingAction.objects.filter(pk__in=ids).delete()[0]
    return total


def expire_actions(*, now: datetime) -> int:
    """Remove what no collector has fetched for a day, and what was sent a week ago."""
    over = OutgoingAction.objects.filter(carrier="collector", expires_at__lte=now)
    total = _remove(over.order_by("expires_at"))
    ended = OutgoingAction.objects.exclude(state="waiting").filter(
        finished_at__lt=now - ENDED_KEPT
    )
    _remove(ended.order_by("finished_at"))
    if total:
        metrics.maintained(job="expire_actions", rows=total)
        logger.warning("Actions were fetched by nobody", extra={"actions": total})
    return total
