"""The threads of this process that do what waits: as many as there are lanes, up to a bound.

Moderation and private messages have threads of their own, however many lines wait. One thread of
each kind stays for what is due in a moment.
"""

import threading
from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from core_router.operations.connector import RANKS
from core_router.operations.outgoing_lanes import claim_lane, next_due
from core_router.pipeline.connector import SHORTEST_PAUSE_S, Clock, Rest, Shift, send_lane
from core_router.pipeline.couriers import Couriers

URGENT: Final = (RANKS["moderate"], RANKS["direct_message"])
CHAT: Final = (RANKS["chat"],)
ALL: Final = (*URGENT, *CHAT)
LONGEST_REST_S: Final = 2.0


def send(*, clock: Clock, ranks: Sequence[int] = ALL) -> int:
    """Work on lanes until none is due; return how many it were."""
    return _work(Shift(ranks, clock), looking_ahead=threading.Lock())


def _work(shift: Shift, *, looking_ahead: threading.Lock) -> int:
    count = 0
    while not shift.is_closing():
        lane = claim_lane(ranks=shift.ranks, now=shift.clock())
        if lane is None:
            if shift.rest is None or not _waited(shift, shift.rest, looking_ahead):
                return count
            continue
        shift.hire()
        send_lane(lane, shift)
        count += 1
    return count


def _waited(shift: Shift, rest: Rest, looking_ahead: threading.Lock) -> bool:
    """Wait until the next lane is due, unless another thread does or it is long until then."""
    if not looking_ahead.acquire(blocking=False):
        return False
    try:
        due = next_due(shift.ranks)
        seconds = (due - shift.clock()).total_seconds() if due else LONGEST_REST_S + 1
        if seconds > LONGEST_REST_S:
            return False
        rest(max(seconds, SHORTEST_PAUSE_S))
        return True
    finally:
        looking_ahead.release()


def _sender(name: str, ranks: Sequence[int]) -> Couriers:
    """Return threads that do what is of these ranks; one of them looks ahead."""
    looking_ahead = threading.Lock()

    def work(mine: Couriers) -> None:
        shift = Shift(ranks, timezone.now, mine.hire, mine.is_closing, mine.rest)
        _work(shift, looking_ahead=looking_ahead)

    return Couriers(name, work)


# However many lines wait, threads of their own do what is urgent.
senders: Final = (_sender("moderator", URGENT), _sender("speaker", CHAT))
