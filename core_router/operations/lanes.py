"""Who has which lane in hand: one worker at a time, by a lease that ends by itself.

`last_number` says how far a lane reaches. Whoever writes into one counts it up under its row's
lock, so a worker that gives the lane back knows from the row itself whether something came
meanwhile: no wake-up is lost, and nothing overtakes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, Value, When

from core_router.models import DeliveryLane, EventDelivery
from waddlebot.lib.ids import new_id

LEASE: Final = timedelta(seconds=15)
"""Long enough to look what waits; whoever calls keeps it for as long as the call may take."""

CLAIM: Final = """
UPDATE delivery_lanes SET lease = %(lease)s, due_at = %(until)s
WHERE id = (
    SELECT id FROM delivery_lanes
    WHERE has_work AND due_at <= %(now)s AND engine_id <> ALL(%(served)s)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, engine_id, entity, attempts, last_number
"""
GIVE_BACK: Final = """
UPDATE delivery_lanes
SET lease = NULL, attempts = %(attempts)s, due_at = %(due_at)s, has_work = last_number > %(seen)s
WHERE id = %(id)s AND lease = %(lease)s
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that is ours until `until`, and how far it reached when it became ours."""

    id: int
    engine_id: int
    entity: str
    attempts: int
    last_number: int
    lease: UUID
    until: datetime


def claim_lane(*, now: datetime, served: Sequence[int] = ()) -> Lane | None:
    """Take the lane that has been due the longest and that nobody else is taking.

    Not one of the engines in `served`: they have their share already.
    """
    lease, until = new_id(), now + LEASE
    with connection.cursor() as cursor:
        facts: dict[str, Any] = {
            "lease": lease,
            "until": until,
            "now": now,
            "served": list(served),
        }
        cursor.execute(CLAIM, facts)
        row = cursor.fetchone()
    if row is None:
        return None
    pk, engine_id, entity, attempts, last_number = row
    return Lane(pk, engine_id, entity, attempts, last_number, lease, until)


def keep_lane(lane: Lane, *, until: datetime) -> bool:
    """Renew the lease; return whether the lane is still ours."""
    ours = DeliveryLane.objects.filter(pk=lane.id, lease=lane.lease)
    return ours.update(due_at=until) > 0


def give_back(lane: Lane, *, seen: int, due_at: datetime, attempts: int = 0) -> None:
    """Leave the lane to others from `due_at` on, if it holds more than number `seen`."""
    facts: dict[str, Any] = {
        "id": lane.id,
        "lease": lane.lease,
        "seen": seen,
        "due_at": due_at,
        "attempts": attempts,
    }
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, facts)


def wake_lanes(engine_id: int, *, now: datetime) -> None:
    """Let what an engine is owed be sent at once, whatever went wrong before.

    It counts, so that a worker that has just found the hook switched off hears of it too.
    """
    in_hand = Case(When(lease=None, then=Value(now)), default=F("due_at"))
    lanes = DeliveryLane.objects.filter(engine_id=engine_id)
    lanes.update(has_work=True, due_at=in_hand, attempts=0, last_number=F("last_number") + 1)


def wake_followers(delivery_id: UUID, *, now: datetime) -> None:
    """Let those begin that waited for this delivery to end."""
    waiting = EventDelivery.objects.filter(after=delivery_id, state="queued")
    lanes = DeliveryLane.objects.filter(pk__in=waiting.values("lane_id"), lease=None)
    lanes.update(due_at=now)
