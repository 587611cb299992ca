"""Tell an engine what it is owed of one entity: one thing after the other, with nothing held."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from core_router.data import EngineRef
from core_router.engines.asking import ask
from core_router.engines.base import Answer, EngineError, Invocation
from core_router.models import Engine, EventDelivery, EventHook
from core_router.operations.deliveries import done, done_for_now
from core_router.operations.lanes import Lane, give_back, keep_lane, wake_followers
from core_router.operations.outgoing import queue_actions
from core_router.pipeline.carrying import carry_out_answer
from core_router.pipeline.failing import after_failure, is_well
from core_router.pipeline.handing_over import call_command
from core_router.pipeline.owing import envelope_in
from core_router.queries.engines import ref_of
from waddlebot.lib import metrics

logger = logging.getLogger(__name__)

AT_ONCE: Final = 50
SLICE: Final = timedelta(seconds=10)
MARGIN: Final = timedelta(seconds=5)
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
    needed = now + timedelta(seconds=mine.ref.timeout_s) + MARGIN
    if mine.until < needed:
        # A little more than one call may take: who is killed in it holds nobody up for long.
        if not keep_lane(mine.lane, until=needed + MARGIN):
            return False
        mine.until = needed + MARGIN
    if row.after is not None:
        first = EventDelivery.objects.filter(pk=row.after, state="queued", hook__enabled=True)
        if first.exists():
            mine.give_back(seen=row.number - 1, due_at=now + WAIT_FOR_ANOTHER)
            return False
    return True


def _deliver(mine: Round, row: EventDelivery, hook: EventHook) -> datetime | None:
    """Return when to try again; None when this one has ended."""
    now, started = mine.clock(), time.perf_counter()
    again, state = None, "done"
    try:
        envelope = envelope_in(row.payload)
        answer = ask(Invocation(row.pk, mine.ref, envelope, now), again=False)
        _carry_out(mine, row, answer, envelope["event"])
        is_well(hook)
    except EngineError as error:
        again = after_failure(row, hook, error, attempts=mine.attempts, now=mine.clock())
        state = "dead" if again is None else "again"
    metrics.delivery_tried(
        engine=mine.ref.type, state=state, seconds=time.perf_counter() - started
    )
    if again is not None:
        return again
    if hook.mode == "sequential":
        wake_followers(row.pk, now=mine.clock())
    return None


def _carry_out(mine: Round, row: EventDelivery, answer: Answer, event: dict[str, Any]) -> None:
    """Do what it answered, and mark it done, together. Raises EngineError."""
    now = mine.clock()
    if answer.is_later:
        done_for_now(row, event=event, now=now)
        return
    if not answer.text.strip() and not answer.actions:
        done(row.pk)
        return
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
