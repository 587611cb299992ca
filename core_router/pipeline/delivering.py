"""Tell an engine what it is owed of one entity: one thing after the other, with nothing held."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from core_router.data import EngineRef
from core_router.engines.asking import NOT_ASKED, ask
from core_router.engines.base import Answer, EngineError, Invocation
from core_router.models import Engine, EventDelivery, EventHook
from core_router.operations.deliveries import done, give_up, note_failure
from core_router.operations.hooks import disable_hook
from core_router.operations.lanes import LEASE, Lane, give_back, keep_lane, wake_followers
from core_router.operations.outgoing import queue_actions
from core_router.pipeline.carrying import carry_out_answer
from core_router.pipeline.handing_over import call_command
from core_router.pipeline.owing import envelope_in
from core_router.queries.engines import ref_of

logger = logging.getLogger(__name__)

AT_ONCE: Final = 50
SLICE: Final = timedelta(seconds=10)
MARGIN: Final = timedelta(seconds=5)
MOST_ATTEMPTS: Final = 3
LONGEST_PAUSE_S: Final = 15 * 60
WAIT_FOR_ANOTHER: Final = timedelta(seconds=2)
AFTER_A_BUG: Final = timedelta(minutes=1)

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Round:
    """One worker's time with one lane. `attempts` failed in a row, up to now."""

    lane: Lane
    attempts: int
    ref: EngineRef
    hook: EventHook | None
    clock: Clock
    until: datetime

    def give_back(self, *, seen: int, due_at: datetime, attempts: int = 0) -> None:
        give_back(self.lane, seen=seen, due_at=due_at, attempts=attempts)


def tell_lane(lane: Lane, *, clock: Clock, is_closing: Callable[[], bool]) -> None:
    """Deliver what waits in a lane that is ours, and leave it to others in the end."""
    now = clock()
    engine = Engine.objects.select_related("hook").filter(pk=lane.engine_id).first()
    if engine is None:
        return  # Its lanes went with it.
    hook = getattr(engine, "hook", None)
    if hook is not None and not hook.enabled:
        # It waits until the hook is enabled again, which wakes it.
        give_back(lane, seen=lane.last_number, due_at=now)
        return
    mine = Round(lane, lane.attempts, ref_of(engine), hook, clock, lane.until)
    try:
        _tell(mine, now + SLICE, is_closing)
    except Exception:
        logger.exception("A lane broke", extra={"lane": lane.id})
        give_back(lane, seen=0, due_at=clock() + AFTER_A_BUG, attempts=lane.attempts)


def _tell(mine: Round, end: datetime, is_closing: Callable[[], bool]) -> None:
    seen = 0
    while True:
        waiting = EventDelivery.objects.filter(lane_id=mine.lane.id, state="queued")
        rows = list(waiting.select_related("lane").order_by("number")[:AT_ONCE])
        for row in rows:
            if is_closing() or mine.clock() > end:
                mine.give_back(seen=row.number - 1, due_at=mine.clock())
                return
            if not _may_tell(mine, row):
                return
            again = (
                _deliver(mine, row, mine.hook)
                if mine.hook
                else call_command(row, mine.ref, now=mine.clock())
            )
            if again is not None:
                mine.give_back(seen=row.number - 1, due_at=again, attempts=mine.attempts + 1)
                return
            seen, mine.attempts = row.number, 0
        if len(rows) < AT_ONCE:
            # What was written since it became ours has a higher number, unless we have seen it.
            mine.give_back(seen=max(seen, mine.lane.last_number), due_at=mine.clock())
            return


def _may_tell(mine: Round, row: EventDelivery) -> bool:
    """Return whether the lane is ours for long enough, and nobody must be told before."""
    now = mine.clock()
    if mine.until < now + timedelta(seconds=mine.ref.timeout_s) + MARGIN:
        if not keep_lane(mine.lane, now=now):
            return False
        mine.until = now + LEASE
    if row.after is not None:
        first = EventDelivery.objects.filter(pk=row.after, state="queued", hook__enabled=True)
        if first.exists():
            mine.give_back(seen=row.number - 1, due_at=now + WAIT_FOR_ANOTHER)
            return False
    return True


def _deliver(mine: Round, row: EventDelivery, hook: EventHook) -> datetime | None:
    """Return when to try again; None when this one has ended."""
    now = mine.clock()
    try:
        envelope = envelope_in(row.payload)
        answer = ask(Invocation(row.pk, mine.ref, envelope, now), again=False)
        _carry_out(mine, row, answer, envelope["event"])
    except EngineError as error:
        again = _failed(mine, row, hook, error)
        if again is not None:
            return again
    else:
        _is_well(hook)
    if hook.mode == "sequential":
        wake_followers(row.pk, now=mine.clock())
    return None


def _carry_out(mine: Round, row: EventDelivery, answer: Answer, event: dict[str, Any]) -> None:
    """Do what it answered, and mark it done, together. Raises EngineError."""
    if not answer.text.strip() and not answer.actions:
        done(row.pk)
        return
    now = mine.clock()
    with transaction.atomic():
        if not done(row.pk):
            return
        actions = carry_out_answer(
            answer,
            community_id=row.community_id,
            entity=mine.lane.entity,
            message_id=event["message_id"],
            present={event["user_id"]},
            now=now,
        )
        queue_actions(
            community_id=row.community_id,
            entity=mine.lane.entity,
            execution_id=row.execution_id,
            actions=actions,
            now=now,
        )


def _failed(
    mine: Round, row: EventDelivery, hook: EventHook, error: EngineError
) -> datetime | None:
    now = mine.clock()
    wait = timedelta(seconds=max(error.retry_after_s or 0, _pause_s(mine.attempts)))
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


def _pause_s(attempts: int) -> float:
    longest = min(2.0 ** min(attempts, 20), LONGEST_PAUSE_S)
    # Those who failed together do not come again together.
    return longest * random.uniform(0.5, 1)  # noqa: S311


def _is_well(hook: EventHook) -> None:
    if hook.failing_since is not None:
        hook.failing_since = None
        EventHook.objects.filter(pk=hook.pk).update(failing_since=None)


def _is_failing(hook: EventHook, error: EngineError, now: datetime) -> None:
    """Remember since when; after a day it is told no more until somebody enables it again."""
    if hook.failing_since is None:
        EventHook.objects.filter(pk=hook.pk, failing_since=None).update(failing_since=now)
    elif now - hook.failing_since >= timedelta(hours=settings.HOOK_DISABLED_AFTER_H):
        hours = settings.HOOK_DISABLED_AFTER_H
        because = f"It has failed for {hours} hours. {error.detail}"
        disable_hook(hook_id=hook.pk, because=because[:200], now=now)
