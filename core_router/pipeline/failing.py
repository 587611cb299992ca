"""What follows when a hook cannot be told, or refuses what it is told."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from core_router.engines.asking import NOT_ASKED
from core_router.engines.base import EngineError
from core_router.models import EventDelivery, EventHook
from core_router.operations.deliveries import give_up, note_failure
from core_router.operations.hooks import disable_hook

MOST_ATTEMPTS: Final = 3
LONGEST_PAUSE_S: Final = 15 * 60


def after_failure(
    row: EventDelivery, hook: EventHook, error: EngineError, *, attempts: int, now: datetime
) -> datetime | None:
    """Return when to try again; None when this one has ended.

    `attempts`: how often in a row its lane has failed before.
    """
    wait = timedelta(seconds=max(error.retry_after_s or 0, _pause_s(attempts)))
    if error.code in NOT_ASKED:
        return now + wait
    if error.is_gone:
        note_failure(row, reason=error.code, detail=error.detail)
        disable_hook(hook_id=hook.pk, because=error.detail, now=now)
        return now
    if error.is_outage:
        note_failure(row, reason=error.code, detail=error.detail)
        _is_failing(hook, error, now)
        return now + wait
    if row.attempts + 1 < MOST_ATTEMPTS:
        note_failure(row, reason=error.code, detail=error.detail)
        return now + wait
    give_up(row, reason=error.code, detail=error.detail, now=now)
    return None


def is_well(hook: EventHook) -> None:
    if hook.failing_since is not None:
        hook.failing_since = None
        EventHook.objects.filter(pk=hook.pk).update(failing_since=None)


def _pause_s(attempts: int) -> float:
    longest = min(2.0 ** min(attempts, 20), LONGEST_PAUSE_S)
    # Those who failed together do not come again together.
    return longest * random.uniform(0.5, 1)  # noqa: S311


def _is_failing(hook: EventHook, error: EngineError, now: datetime) -> None:
    """Remember since when; after a day it is told no more until somebody enables it again."""
    if hook.failing_since is None:
        EventHook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    elif now - hook.failing_since >= timedelta(hours=settings.HOOK_DISABLED_AFTER_H):
        hours = settings.HOOK_DISABLED_AFTER_H
        because = f"It has failed for {hours} hours. {error.detail}"
        disable_hook(hook_id=hook.pk, because=because[:200], now=now)
