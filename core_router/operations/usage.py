"""Counting what ran, behind the answers: rows that are written anyway, each of them once."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from core_router.data import TIMES_MS, Used
from core_router.models import UsageMark
from core_router.operations.executions import LATE, PENDING
from core_router.signals import command_executed
from waddlebot.lib.ids import first_id_of

BEHIND: Final = 2 * LATE
"""By then whoever began before has written how it ended, or writes that it ended late."""
AT_ONCE: Final = 50_000
THE_MARK: Final = 1
KEPT: Final = timedelta(days=400)

# What began since the mark, and what ended late from before it.
ENDED: Final = """
WITH late AS (
    DELETE FROM late_executions WHERE id IN (
        SELECT id FROM late_executions WHERE id <= %(to)s ORDER BY id LIMIT %(most)s
    ) RETURNING id
), ended AS (
    SELECT * FROM command_executions
    WHERE id > %(since)s AND id <= %(to)s AND status <> %(pending)s
    -- As it was before any of them were taken out.
    AND NOT EXISTS (SELECT FROM late_executions AS late WHERE late.id = command_executions.id)
    UNION ALL
    SELECT command_executions.* FROM late JOIN command_executions USING (id)
    WHERE status <> %(pending)s
), used AS (
    SELECT community_id, command_id, command, engine, module, version,
        (to_timestamp(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint
            / 1000.0) AT TIME ZONE 'UTC')::date AS day,
        duration_ms, (status = 'failed')::int AS failed,
        width_bucket(duration_ms, %(times)s::float8[]) AS bucket
    FROM ended
    WHERE community_id IN (SELECT id FROM communities)
), buckets AS (
    SELECT community_id, day, command_id, command, engine, module, version, bucket,
        count(*) AS calls, sum(failed) AS errors, sum(duration_ms) AS total_ms
    FROM used GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), counted AS (
    SELECT community_id, day, command_id, command, engine, module, version,
        sum(calls)::bigint AS calls, sum(errors)::bigint AS errors, sum(total_ms) AS total_ms,
        array_agg(bucket) AS places, array_agg(calls) AS numbers
    FROM buckets GROUP BY 1, 2, 3, 4, 5, 6, 7
), written AS (
    INSERT INTO command_usage AS known (community_id, day, command_id, command, engine, module,
        version, calls, errors, total_ms, times)
    SELECT community_id, day, command_id, command, engine, module, version, calls, errors,
        total_ms, ARRAY(
            SELECT COALESCE((SELECT sum(number)::bigint FROM unnest(places, numbers)
                AS found(place, number) WHERE place = at), 0)
            FROM generate_series(0, cardinality(%(times)s::float8[])) AS at ORDER BY at
        )
    FROM counted
    ON CONFLICT ON CONSTRAINT usage_is_counted_in_one_row DO UPDATE SET
        calls = known.calls + EXCLUDED.calls, errors = known.errors + EXCLUDED.errors,
        total_ms = known.total_ms + EXCLUDED.total_ms,
        times = ARRAY(
            SELECT a + b FROM unnest(known.times, EXCLUDED.times) WITH ORDINALITY AS sums(a, b, n)
            ORDER BY n
        )
)
SELECT community_id, day, command_id, command, engine, module, version, calls, errors, total_ms
FROM counted
"""
# The end of a stretch that is not too long.
END_OF_STRETCH: Final = """
SELECT id FROM command_executions WHERE id > %s AND id <= %s ORDER BY id OFFSET %s LIMIT 1
"""
DROP_OLD: Final = "DELETE FROM command_usage WHERE day < %s"


def count_usage(*, now: datetime, most: int = AT_ONCE) -> int:
    """Count what has ended and was not counted; return how many executions that were."""
    UsageMark.objects.get_or_create(pk=THE_MARK, defaults={"counted_to": UUID(int=0)})
    total = 0
    while True:
        count, is_all = _count_some(now, most)
        total += count
        if is_all:
            return total


def drop_old_usage(*, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DROP_OLD, [(now - KEPT).date()])


@transaction.atomic
def _count_some(now: datetime, most: int) -> tuple[int, bool]:
    mark = UsageMark.objects.select_for_update(skip_locked=True).first()
    if mark is None:
        return 0, True  # Somebody else counts.
    goal = max(first_id_of(now - BEHIND), mark.counted_to)
    with connection.cursor() as cursor:
        cursor.execute(END_OF_STRETCH, [mark.counted_to, goal, most - 1])
        found = cursor.fetchone()
        end = found[0] if found else goal
        values: dict[str, Any] = {
            "since": mark.counted_to,
            "to": end,
            "pending": PENDING,
            "times": list(TIMES_MS),
            "most": most,
        }
        cursor.execute(ENDED, values)
        used = tuple(Used(*row) for row in cursor.fetchall())
    mark.counted_to = end
    mark.save(update_fields=["counted_to"])
    if used:
        command_executed.send(sender=UsageMark, used=used, now=now)
    count = sum(each.calls for each in used)
    return count, found is None and count < most
