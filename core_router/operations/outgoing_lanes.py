"""Who sends what waits in which lane: one worker at a time, by a lease that ends by itself.

Whoever has added actions says so after the commit (`wakes`), and a lane's row goes only when
nobody has said so since the worker looked: nothing waits unseen. Beat finds what was added by
somebody who died before saying so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Min, QuerySet

from core_router.models import OutgoingAction, OutgoingLane
from core_router.operations.nudge import ACTIONS, nudge
from waddlebot.lib.ids import new_id

LEASE: Final = timedelta(seconds=15)
"""Long enough to look what waits; whoever sends keeps it for as long as that may take."""

WAKE: Final = """
INSERT INTO outgoing_lanes (entity, rank, due_at, wakes) VALUES (%s, %s, %s, 1)
ON CONFLICT ON CONSTRAINT one_lane_a_rank DO UPDATE SET wakes = outgoing_lanes.wakes + 1
RETURNING wakes
"""
FIND: Final = """
INSERT INTO outgoing_lanes (entity, rank, due_at, wakes)
SELECT DISTINCT entity, rank, %(now)s, 1 FROM outgoing_actions AS waiting
WHERE carrier = 'connector' AND state = 'waiting' AND NOT EXISTS (
    SELECT FROM outgoing_lanes AS lane
    WHERE lane.entity = waiting.entity AND lane.rank = waiting.rank
)
ON CONFLICT ON CONSTRAINT one_lane_a_rank DO NOTHING
"""
CLAIM: Final = """
UPDATE outgoing_lanes SET lease = %(lease)s, due_at = %(until)s
WHERE id = (
    SELECT id FROM outgoing_lanes WHERE due_at <= %(now)s AND rank = ANY(%(ranks)s)
    ORDER BY rank, due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, entity, rank
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that is ours, for now."""

    id: int
    entity: str
    rank: int
    lease: UUID

    @property
    def waiting(self) -> QuerySet[OutgoingAction]:
        """What is to be sent, in its order."""
        rows = OutgoingAction.objects.filter(
            entity=self.entity, rank=self.rank, carrier="connector", state="waiting"
        )
        return rows.order_by("id")


def wake_lanes(lanes: Iterable[tuple[str, int]], *, now: datetime) -> None:
    """Say that something waits in these, after it was committed."""
    with connection.cursor() as cursor:
        is_new = False
        for entity, rank in sorted(lanes):
            cursor.execute(WAKE, [entity, rank, now])
            (wakes,) = cursor.fetchone() or (1,)
            is_new |= wakes == 1
    if is_new:  # Who has a lane in hand, or waits until it is due, looks by itself.
        nudge(ACTIONS)


def find_lanes(*, now: datetime) -> int:
    """Make the lanes that nobody has said something waits in; return how many those are."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"now": now})
        return int(cursor.rowcount)


def claim_lane(*, ranks: Sequence[int], now: datetime) -> Lane | None:
    """Take the lane that is due and most urgent, and that nobody else is taking."""
    lease = new_id()
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM, {"lease": lease, "until": now + LEASE, "now": now, "ranks": [*ranks]}
        )
        row = cursor.fetchone()
    return Lane(id=row[0], entity=row[1], rank=row[2], lease=lease) if row else None


def next_due(ranks: Sequence[int]) -> datetime | None:
    """Return when the next lane may be taken."""
    lanes = OutgoingLane.objects.filter(rank__in=ranks)
    due: datetime | None = lanes.aggregate(next=Min("due_at"))["next"]
    return due


def wakes_of(lane: Lane) -> int | None:
    """Return how often something was added; None when the lane is not ours any more."""
    return _ours(lane).values_list("wakes", flat=True).first()


def keep_lane(lane: Lane, *, until: datetime) -> bool:
    """Renew the lease; return whether the lane is still ours."""
    return _ours(lane).update(due_at=until) > 0


def give_back(lane: Lane, *, due_at: datetime) -> None:
    """Leave the lane to others from `due_at` on."""
    _ours(lane).update(lease=None, due_at=due_at)


def end_lane(lane: Lane, *, wakes: int) -> bool:
    """Remove an empty lane, unless something was added since; return whether it is gone."""
    return _ours(lane).filter(wakes=wakes).delete()[0] > 0


def _ours(lane: Lane) -> QuerySet[OutgoingLane]:
    return OutgoingLane.objects.filter(pk=lane.id, lease=lane.lease)
