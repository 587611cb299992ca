"""Do on the platforms what waits in the lanes: one thing after the other, with nothing held."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core_router.models import OutgoingAction
from core_router.operations.outgoing_lanes import (
    LEASE,
    Lane,
    end_lane,
    give_back,
    keep_lane,
    wakes_of,
)
from core_router.operations.sent import EXPIRED, finish, leave_to_collector, note_failure
from core_router.pipeline.performing import perform
from waddlebot.platforms import Delivery, Outcome

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

AT_ONCE: Final = 20
SLICE: Final = timedelta(seconds=10)
# What one action may take: a few calls of five seconds each, a token that is renewed among them.
LONGEST_ACTION: Final = timedelta(seconds=35)
KEEP: Final = timedelta(seconds=40)
MOST_ATTEMPTS: Final = 6
LONGEST_PAUSE_S: Final = 60.0
SHORTEST_PAUSE_S: Final = 0.02
SHORT_WAIT_S: Final = 0.3
AFTER_A_BUG: Final = timedelta(minutes=1)
NO_LEAVE: Final = "missing_scope"

Rest = Callable[[float], None]


@dataclass(slots=True)
class Shift:
    """How one thread works. With `rest` it waits for what is due in a moment."""

    ranks: Sequence[int]
    clock: Clock
    hire: Callable[[], None] = lambda: None
    is_closing: Callable[[], bool] = lambda: False
    rest: Rest | None = None


@dataclass(slots=True)
class Held:
    """A lane in our hand, and how long for."""

    lane: Lane
    until: datetime
    is_lost: bool = False

    def lasts(self, now: datetime) -> bool:
        """Keep it for as long as an action may take; return whether it is still ours."""
        if self.until < now + LONGEST_ACTION:
            self.until = now + KEEP
            self.is_lost = not keep_lane(self.lane, until=self.until)
        return not self.is_lost


def send_lane(lane: Lane, shift: Shift) -> None:
    """Send what waits in a lane that is ours, and leave it to others in the end."""
    try:
        due_at = _send(lane, shift, shift.clock() + SLICE)
    except Exception:
        logger.exception("A lane broke", extra={"lane": lane.id})
        due_at = shift.clock() + AFTER_A_BUG
    if due_at is not None:
        give_back(lane, due_at=due_at)


def _send(lane: Lane, shift: Shift, end: datetime) -> datetime | None:
    """Return when to go on; None when nothing is left, or the lane is not ours any more."""
    held = Held(lane, shift.clock() + LEASE)
    while (wakes := wakes_of(lane)) is not None:
        rows = list(lane.waiting[:AT_ONCE])
        for row in rows:
            due_at = _do_patiently(row, held, shift, end)
            if due_at is not None or held.is_lost:
                return due_at
        if not rows and end_lane(lane, wakes=wakes):
            return None
    return None


def _do_patiently(row: OutgoingAction, held: Held, shift: Shift, end: datetime) -> datetime | None:
    """Return when to go on with this one; None when it has ended, or the lane is lost."""
    while held.lasts(shift.clock()):
        now = shift.clock()
        if shift.is_closing() or now > end:
            return now
        wait_s = _do(row, now)
        if wait_s is None:
            return None
        if shift.rest is None or wait_s > SHORT_WAIT_S:
            return shift.clock() + timedelta(seconds=wait_s)
        # For a place in the second of a whole platform the lane need not change hands.
        shift.rest(wait_s)
    return None


def _do(row: OutgoingAction, now: datetime) -> float | None:
    """Do one thing. Return the seconds after which to try again; None when it has ended."""
    if row.expires_at <= now:
        finish(row, EXPIRED, now=now)
        return None
    delivery = perform(row)
    if delivery.code == NO_LEAVE and row.action["type"] == "chat":
        leave_to_collector(row, delivery)
        return None
    was_tried_enough = row.attempts + 1 >= MOST_ATTEMPTS and not delivery.is_limited
    if delivery.outcome is not Outcome.RETRY or was_tried_enough:
        finish(row, delivery, now=now)
        return None
    if not delivery.is_limited:
        note_failure(row, delivery)
    return _pause_s(row, delivery)


def _pause_s(row: OutgoingAction, delivery: Delivery) -> float:
    if delivery.retry_after_s is not None:
        return max(delivery.retry_after_s, SHORTEST_PAUSE_S)
    return 1.0 if delivery.is_limited else min(2.0**row.attempts, LONGEST_PAUSE_S)
