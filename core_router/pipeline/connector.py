"""Do on the platforms what waits in the lanes: one thing after the other, with nothing held."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import close_old_connections
from django.utils import timezone

from core_router.models import OutgoingAction
from core_router.operations.outgoing_lanes import (
    LEASE,
    Lane,
    claim_lane,
    end_lane,
    give_back,
    keep_lane,
    next_due,
    wakes_of,
)
from core_router.operations.sent import EXPIRED, finish, leave_to_collector, note_failure
from core_router.pipeline.couriers import Couriers
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
AFTER_A_BUG: Final = timedelta(minutes=1)
LONGEST_REST_S: Final = 2.0
NO_LEAVE: Final = "missing_scope"

_looking_ahead = threading.Lock()


def send(
    *,
    clock: Clock,
    hire: Callable[[], None] = lambda: None,
    is_closing: Callable[[], bool] = lambda: False,
    rest: Callable[[float], None] | None = None,
) -> int:
    """Work on lanes until none is due; return how many it were.

    With `rest` one thread of each process stays for those that are due in a moment.
    """
    count = 0
    while not is_closing():
        lane = claim_lane(now=clock())
        if lane is None:
            if rest is None or not _waited(clock, rest):
                return count
            continue
        hire()
        send_lane(lane, clock=clock, is_closing=is_closing)
        count += 1
    return count


def send_lane(lane: Lane, *, clock: Clock, is_closing: Callable[[], bool]) -> None:
    """Send what waits in a lane that is ours, and leave it to others in the end."""
    try:
        due_at = _send(lane, clock, clock() + SLICE, is_closing)
    except Exception:
        logger.exception("A lane broke", extra={"lane": lane.id})
        due_at = clock() + AFTER_A_BUG
    if due_at is not None:
        give_back(lane, due_at=due_at)


def _send(
    lane: Lane, clock: Clock, end: datetime, is_closing: Callable[[], bool]
) -> datetime | None:
    """Return when to go on; None when nothing is left, or the lane is not ours any more."""
    until = clock() + LEASE
    while (wakes := wakes_of(lane)) is not None:
        rows = list(lane.waiting[:AT_ONCE])
        for row in rows:
            now = clock()
            if is_closing() or now > end:
                return now
            if until < now + LONGEST_ACTION:
                until = now + KEEP
                if not keep_lane(lane, until=until):
                    return None
            wait_s = _do(row, now)
            if wait_s is not None:
                return clock() + timedelta(seconds=wait_s)
        if not rows and end_lane(lane, wakes=wakes):
            return None
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


def _waited(clock: Clock, rest: Callable[[float], None]) -> bool:
    """Wait until the next lane is due, unless another thread does or it is long until then."""
    if not _looking_ahead.acquire(blocking=False):
        return False
    try:
        due = next_due()
        seconds = (due - clock()).total_seconds() if due else LONGEST_REST_S + 1
        if seconds > LONGEST_REST_S:
            return False
        rest(max(seconds, SHORTEST_PAUSE_S))
        return True
    finally:
        _looking_ahead.release()


def _work(mine: Couriers) -> None:
    close_old_connections()
    send(clock=timezone.now, hire=mine.hire, is_closing=mine.is_closing, rest=mine.rest)


senders: Final = Couriers("sender", _work)
