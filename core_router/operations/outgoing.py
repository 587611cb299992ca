"""Actions that no collector was waiting for: they wait for it, until it has acknowledged them."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from core_router.data import Action
from core_router.models import OutgoingAction
from core_router.operations.nudge import wake_collectors
from waddlebot.lib import metrics

logger = logging.getLogger(__name__)

AT_ONCE: Final = 1000
KEPT: Final = timedelta(hours=24)


def queue_actions(
    *,
    community_id: int,
    entity: str,
    execution_id: UUID,
    actions: Sequence[Action],
    now: datetime,
) -> int:
    """Queue what nobody here has handled, in its order; return how many that are.

    Part of the caller's transaction. The collector hears of it after the commit.
    """
    rows = [
        OutgoingAction(
            community_id=community_id,
            entity=entity,
            execution_id=execution_id,
            action={**action, "handled": False},
            expires_at=now + KEPT,
        )
        for action in actions
        if not action.get("handled")
    ]
    if rows:
        OutgoingAction.objects.bulk_create(rows)
        transaction.on_commit(partial(wake_collectors, entity))
    return len(rows)


def acknowledge(*, community_id: int, entity: str, ids: Sequence[int]) -> int:
    """Forget actions that their collector has done; return how many were still there."""
    rows = OutgoingAction.objects.filter(community_id=community_id, entity=entity, pk__in=ids)
    return rows.delete()[0]


def expire_actions(*, now: datetime) -> int:
    """Remove what no collector has fetched for a day."""
    over = OutgoingAction.objects.filter(expires_at__lte=now).order_by("expires_at")
    total = 0
    while ids := list(over.values_list("pk", flat=True)[:AT_ONCE]):
        total += OutgoingAction.objects.filter(pk__in=ids).delete()[0]
    if total:
        metrics.maintained(job="expire_actions", rows=total)
        logger.warning("Actions were fetched by nobody", extra={"actions": total})
    return total
