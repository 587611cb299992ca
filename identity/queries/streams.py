"""The streams of a community, and how many in a row somebody was in."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Func, IntegerField

from identity.data import SIGNS, STREAM_TYPES
from identity.models import ReputationDay

Days = tuple[date, date]


class WatchStreak(Func):
    """Of the streams somebody was in, counted from the newest, those before the first missed one.

    The newest is not missed yet while it may still be on.
    """

    output_field = IntegerField()
    template = """(
        SELECT count(*) FILTER (WHERE n = place + skipped) FROM (
            SELECT n, row_number() OVER (ORDER BY n) AS place,
                CASE WHEN min(n) OVER () = 1 THEN 0 ELSE %%s END AS skipped
            FROM unnest(%%s::date[], %%s::date[]) WITH ORDINALITY AS stream(first, last, n)
            WHERE EXISTS (
                SELECT FROM reputation_days AS seen
                WHERE seen.community_id = %%s AND seen.user_id = %(expressions)s
                    AND seen.day BETWEEN stream.first AND stream.last
                    AND seen.reason = ANY(%%s) AND seen.events > 0
            )
        ) AS attended
    )"""

    def __init__(self, community_id: int, streams: Sequence[Days], *, may_be_on: bool) -> None:
        super().__init__(F("user_id"))
        firsts, lasts = [first for first, _ in streams], [last for _, last in streams]
        self.values = (int(may_be_on), firsts, lasts, community_id, sorted(SIGNS))

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Sequence[Any]]:
        sql, _ = self.as_sql(compiler, connection)
        return sql, self.values


def streams_of(community_id: int, *, today: date, most: int) -> list[Days]:
    """Return the first and last day of each stream, the newest first.

    A stream is a day on which one went online; it lasts into the next day when one went offline
    then, or may be on still.
    """
    rows = ReputationDay.objects.filter(
        community_id=community_id, reason__in=sorted(STREAM_TYPES), events__gt=0, day__lte=today
    )
    # Each day has a row for each of the two, and for each account that told of it.
    told = rows.order_by("-day").values_list("day", "reason").distinct()[: 4 * most]
    days = {reason: {day for day, why in told if why == reason} for reason in STREAM_TYPES}
    begun = sorted(days["stream_online"], reverse=True)[:most]
    return [(day, _end_of(day, days["stream_offline"], today)) for day in begun]


def _end_of(day: date, ends: set[date], today: date) -> date:
    following = day + timedelta(days=1)
    may_be_on = following == today and day not in ends
    return following if following in ends or may_be_on else day
