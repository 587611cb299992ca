"""Where somebody stands this very moment, with what was counted and is not written yet."""

from datetime import date

import redis

from identity.data import Sighting, Standing
from identity.operations.reputation.pending import Gain, gain_field, pending_points
from identity.queries.reputation import points_in, rank_of, standing_of


def standing_now(*, community_id: int, user_id: int, seen: Sighting, today: date) -> Standing:
    """Return the standing of somebody under the name they were just seen by."""
    written = standing_of(community_id=community_id, user_id=user_id)
    waiting = _waiting(community_id, seen, today)
    if not waiting:
        return written
    points = written.points + waiting
    return Standing(points, rank_of(community_id, points))


def _waiting(community_id: int, seen: Sighting, today: date) -> int:
    fields = {
        gain_field(
            Gain(
                today,
                reason,
                points,
                seen.platform,
                seen.platform_user_id,
                seen.user_name,
                seen.display_name,
                subscriber,
            )
        ): points
        for reason, points in points_in(community_id).items()
        for subscriber in (False, True)
        if points
    }
    try:
        return pending_points(community_id, fields) if fields else 0
    except redis.RedisError:
        # Then nothing waits there.
        return 0
