"""Points reach PostgreSQL: a batch is a handful of statements, whoever earned them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from django.db import connection, transaction

from identity.data import CHAT_TYPES, SUBSCRIBING, Sighting
from identity.models import Community
from identity.operations.reputation.owners import meet
from identity.operations.reputation.pending import Gain, gain_of
from identity.signals import members_changed

ADD: Final = """
INSERT INTO memberships (community_id, user_id, role, joined_at, reputation, messages)
SELECT %(community)s, user_id, 0, %(now)s, points, messages
FROM json_to_recordset(%(rows)s::json) AS row(user_id int8, points int8, messages int8)
ORDER BY user_id
ON CONFLICT ON CONSTRAINT one_membership_per_community
DO UPDATE SET reputation = memberships.reputation + EXCLUDED.reputation,
    messages = memberships.messages + EXCLUDED.messages
"""
ADD_DAYS: Final = """
INSERT INTO reputation_days AS known (community_id, user_id, day, reason, events, points)
SELECT %(community)s, user_id, day, reason, events, points FROM json_to_recordset(%(rows)s::json)
    AS row(user_id int8, day date, reason text, events int8, points int8)
WHERE events > 0 ORDER BY user_id, day, reason
ON CONFLICT ON CONSTRAINT one_reputation_row_a_day_and_reason
DO UPDATE SET events = known.events + EXCLUDED.events, points = known.points + EXCLUDED.points
"""
# Nothing is written of whoever was seen on that day already.
SUBSCRIBERS: Final = """
INSERT INTO subscriber_sightings AS known (community_id, user_id, platform, seen_on)
SELECT %(community)s, user_id, platform, day
FROM json_to_recordset(%(rows)s::json) AS row(user_id int8, platform text, day date)
ORDER BY user_id, platform
ON CONFLICT ON CONSTRAINT one_subscriber_sighting_per_platform
DO UPDATE SET seen_on = EXCLUDED.seen_on WHERE known.seen_on < EXCLUDED.seen_on
"""
# Given back after it had been written: the row is there.
TAKE_BACK: Final = """
UPDATE reputation_days AS known
SET events = GREATEST(known.events + row.events, 0), points = known.points + row.points
FROM json_to_recordset(%(rows)s::json)
    AS row(user_id int8, day date, reason text, events int8, points int8)
WHERE known.community_id = %(community)s AND known.user_id = row.user_id
    AND known.day = row.day AND known.reason = row.reason AND row.events <= 0
"""


Earned = tuple[int, Gain, int]


def add_points(*, community_id: int, counts: Mapping[str, int], now: datetime) -> None:
    """Add what these fields say, each as often as it was counted.

    Accounts nobody has seen before become staged people. Of a community that is gone nothing is
    kept.
    """
    gains = [(gain_of(field), count) for field, count in counts.items() if count]
    with transaction.atomic():
        if not gains or not Community.objects.filter(pk=community_id).exists():
            return
        seen = {
            (gain.platform, gain.platform_user_id): Sighting(
                gain.platform, gain.platform_user_id, gain.user_name, gain.display_name
            )
            for gain, _ in gains
        }
        owners = meet(seen, now=now)
        earned = (
            (owners[gain.platform, gain.platform_user_id].user_id, gain, count)
            for gain, count in gains
        )
        write(community_id, earned, now)


def write(community_id: int, earned: Iterable[Earned], now: datetime) -> None:
    """Add to memberships and days: (user id, what each event earned, how many there were)."""
    earned = list(earned)
    totals: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    days: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for user_id, gain, count in earned:
        points = gain.points * count
        _add(totals[user_id], points, count if gain.reason in CHAT_TYPES else 0)
        _add(days[user_id, gain.day, gain.reason], count, points)
    rows = [
        {"user_id": user, "day": day, "reason": reason, "events": events, "points": points}
        for (user, day, reason), (events, points) in days.items()
    ]
    sums = [
        {"user_id": user, "points": points, "messages": messages}
        for user, (points, messages) in totals.items()
    ]
    _run(ADD, community=community_id, now=now, rows=sums)
    _run(ADD_DAYS, community=community_id, rows=rows)
    if any(row["events"] <= 0 for row in rows):
        _run(TAKE_BACK, community=community_id, rows=rows)
    if seen := _subscribers(earned):
        _run(SUBSCRIBERS, community=community_id, rows=seen)
    members_changed.send(sender=Community, community_id=community_id, user_ids=sorted(totals))


def _add(sums: list[int], *values: int) -> None:
    for place, value in enumerate(values):
        sums[place] += value


def _subscribers(earned: Iterable[Earned]) -> list[dict[str, Any]]:
    """Return the last day on which each was seen as a subscriber on each platform."""
    last: dict[tuple[int, str], date] = {}
    for user_id, gain, count in earned:
        if count > 0 and (gain.subscriber or gain.reason in SUBSCRIBING):
            whose = user_id, gain.platform
            last[whose] = max(gain.day, last.get(whose, gain.day))
    return [
        {"user_id": user_id, "platform": platform, "day": day}
        for (user_id, platform), day in last.items()
    ]


def _run(sql: str, *, community: int, rows: Iterable[Any], **rest: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            sql, {"community": community, "rows": msgspec.json.encode(rows).decode(), **rest}
        )
