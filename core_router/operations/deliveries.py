"""What is owed to engines: written with the event, and marked done when they were told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from core_router.models import EventDelivery
from waddlebot.lib import metrics, prepared
from waddlebot.lib.ids import first_id_of

COLUMNS: Final = {
    "id": "uuid",
    "community_id": "int8",
    "hook_id": "int8",
    "command_id": "int8",
    "execution_id": "uuid",
    "session_id": "uuid",
    "event_id": "text",
    "message_type": "text",
    "payload": "jsonb",
    "after": "uuid",
}
# An engine that is being removed is owed nothing; its row is locked, so that it is not meanwhile.
# Lanes are counted up in one order, so that two batches never wait for each other.
OWE: Final = prepared.Statement(
    "owe_deliveries",
    f"WITH asked AS (SELECT asked.* FROM json_to_recordset($1::json) AS asked("  # noqa: S608
    f"place int8, engine_id int8, entity text, {', '.join(f'{n} {k}' for n, k in COLUMNS.items())}"
    ") JOIN engines ON engines.id = asked.engine_id FOR KEY SHARE OF engines), "
    "lane AS (INSERT INTO delivery_lanes "
    "(engine_id, entity, has_work, due_at, attempts, last_number) "
    "SELECT engine_id, entity, true, now(), 0, count(*) FROM asked GROUP BY 1, 2 ORDER BY 1, 2 "
    "ON CONFLICT ON CONSTRAINT one_lane_an_entity DO UPDATE SET has_work = true, "
    "last_number = delivery_lanes.last_number + EXCLUDED.last_number, due_at = CASE "
    "WHEN delivery_lanes.has_work THEN delivery_lanes.due_at ELSE EXCLUDED.due_at END "
    "RETURNING id AS lane_id, engine_id, entity, last_number) "
    f"INSERT INTO event_deliveries ({', '.join(COLUMNS)}, lane_id, number, "
    "state, attempts, reason, detail) "
    f"SELECT {', '.join(COLUMNS)}, lane_id, last_number + 1 - row_number() "
    "OVER (PARTITION BY lane_id ORDER BY place DESC), 'queued', 0, '', '' "
    "FROM asked JOIN lane USING (engine_id, entity) ORDER BY place "
    "ON CONFLICT ON CONSTRAINT an_event_is_delivered_once DO NOTHING RETURNING id::text",
)
# Nobody was told that it is done: what PostgreSQL loses when it crashes is sent again.
DONE: Final = prepared.Statement(
    "deliveries_done",
    "WITH quickly AS (SELECT set_config('synchronous_commit', 'off', true)) "
    "UPDATE event_deliveries SET state = 'done', payload = '{}', reason = '', detail = '', "
    "attempts = attempts + 1, finished_at = now() "
    "FROM quickly, json_array_elements_text($1::json) AS done(id) "
    "WHERE event_deliveries.id = done.id::uuid AND state = 'queued' "
    "RETURNING event_deliveries.id::text",
)
KEPT: Final = timedelta(days=7)
DEAD_KEPT: Final = timedelta(days=30)
DISABLED_KEPT: Final = timedelta(days=3)
MOST_DETAIL: Final = 300
LATER: Final = "later"
"""The reason of one that is done but for the answer it will get."""
encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Owed:
    """One call that is owed to an engine; the fields are those of `COLUMNS`, and its lane."""

    id: UUID
    engine_id: int
    entity: str
    community_id: int
    execution_id: str
    session_id: str
    event_id: str
    message_type: str
    payload: Any
    hook_id: int | None = None
    command_id: int | None = None
    after: UUID | None = None


def owe(deliveries: Sequence[Owed]) -> int:
    """Write all in one statement, each once for its event; return how many were not there."""
    if not deliveries:
        return 0
    rows = [{**msgspec.to_builtins(each), "place": place} for place, each in enumerate(deliveries)]
    return len(OWE.run(encode(rows)))


def done(delivery_id: UUID) -> bool:
    """Mark it done and forget what it said; return whether it was still to be done."""
    return bool(DONE.run(encode([delivery_id])))


def done_for_now(row: EventDelivery, *, event: Mapping[str, Any], now: datetime) -> None:
    """Mark it done, and keep what its answer will need: it has said that it answers later."""
    waiting = EventDelivery.objects.filter(pk=row.pk, state="queued")
    waiting.update(
        state="done",
        reason=LATER,
        detail="",
        payload={name: event[name] for name in ("user_id", "message_id")},
        attempts=row.attempts + 1,
        finished_at=now,
    )


def answered(row: EventDelivery, *, reason: str = "", now: datetime) -> None:
    """Mark a locked one done for good, by what its module said later."""
    row.state, row.reason, row.detail, row.payload = "done", reason, "", {}
    row.finished_at = row.finished_at or now
    row.save(update_fields=["state", "reason", "detail", "payload", "finished_at"])


def give_up(row: EventDelivery, *, reason: str, detail: str, now: datetime) -> None:
    """What it says is kept for a while, so that it can be sent again."""
    waiting = EventDelivery.objects.filter(pk=row.pk, state="queued")
    waiting.update(
        state="dead",
        reason=reason,
        detail=detail[:MOST_DETAIL],
        attempts=row.attempts + 1,
        finished_at=now,
    )


def note_failure(row: EventDelivery, *, reason: str, detail: str) -> None:
    """Say with a delivery that waits why it does."""
    waiting = EventDelivery.objects.filter(pk=row.pk, state="queued")
    waiting.update(reason=reason, detail=detail[:MOST_DETAIL], attempts=row.attempts + 1)


def tidy(*, now: datetime) -> int:
    """Forget what was done a week ago and dead for a month; give up what is disabled too long."""
    waiting = EventDelivery.objects.filter(state="queued", hook__enabled=False)
    waiting.filter(id__lt=first_id_of(now - DISABLED_KEPT)).update(
        state="dead",
        reason="hook_disabled",
        detail="Its hook was switched off for three days.",
        finished_at=now,
    )
    done_ones = EventDelivery.objects.filter(state="done", finished_at__lt=now - KEPT)
    dead_ones = EventDelivery.objects.filter(state="dead", finished_at__lt=now - DEAD_KEPT)
    count = done_ones.delete()[0] + dead_ones.delete()[0]
    metrics.maintained(job="tidy_deliveries", rows=count)
    return count
