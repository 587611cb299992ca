"""A manager gives points, or takes some."""

from datetime import datetime
from typing import Final

from django.db import transaction

from identity.operations.audit import record
from identity.operations.reputation.applying import write
from identity.operations.reputation.pending import Gain
from identity.queries.reputation import standing_of

ADJUSTED: Final = "adjusted"


def adjust_points(
    *, community_id: int, user_id: int, points: int, actor: str = "system", now: datetime
) -> None:
    """Add points to somebody whom the community knows; below zero takes them."""
    gain = Gain(now.date(), ADJUSTED, points, "", "", "", "")
    with transaction.atomic():
        write(community_id, [(user_id, gain, 1)], now)
        after = standing_of(community_id=community_id, user_id=user_id).points
        record(
            category="audit",
            action="reputation_adjusted",
            actor=actor,
            community_id=community_id,
            target=f"user:{user_id}",
            details={"before": after - points, "after": after},
            now=now,
        )
