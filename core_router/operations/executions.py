"""The record of what ran, written before the answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from core_router.models import LateExecution
from waddlebot.lib import prepared
from waddlebot.lib.ids import first_id_of

PENDING: Final = "pending"
LATE: Final = timedelta(seconds=60)
"""What ends longer after it began is counted by itself."""

COLUMNS: Final = {
    "id": "uuid",
    "session_id": "uuid",
    "community_id": "int8",
    "command_id": "int8",
    "command": "text",
    "engine": "text",
    "module": "text",
    "version": "text",
    "user_id": "int8",
    "entity": "text",
    "event_id": "text",
    "status": "text",
    "reason": "text",
    "detail": "text",
    "duration_ms": "float8",
}
# One JSON parameter, so that one prepared statement serves one row as well as a hundred.
INSERT: Final = prepared.Statement(
    "write_executions",
    f"INSERT INTO command_executions ({', '.join(COLUMNS)}) "  # noqa: S608 - our own names
    f"SELECT {', '.join(COLUMNS)} FROM json_to_recordset($1::json) "
    f"AS row({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())}) "
    "ON CONFLICT (id) DO NOTHING RETURNING id::text",
)
encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Execution:
    """One command that ran; the fields are those of `COLUMNS`."""

    id: str
    session_id: str
    community_id: int
    command_id: int
    command: str
    engine: str
    module: str
    version: str
    user_id: int
    entity: str
    event_id: str
    status: str
    reason: str
    detail: str
    duration_ms: float


def write_executions(executions: Sequence[Execution]) -> set[str]:
    """Write all in one statement and return the ids of those that were not there before."""
    if not executions:
        return set()
    # A UUIDv7 begins with its time, so its text sorts by it too.
    counted_before = str(first_id_of(timezone.now() - LATE))
    late = [e.id for e in executions if e.id < counted_before and e.status != PENDING]
    if not late:
        return set(INSERT.run(encode(executions)))
    with transaction.atomic():
        new = set(INSERT.run(encode(executions)))
        count_late(new.intersection(late))
    return new


def count_late(execution_ids: Iterable[str | UUID]) -> None:
    """Have executions counted that ended late, in the transaction that writes how they did."""
    rows = [LateExecution(id=each) for each in execution_ids]
    LateExecution.objects.bulk_create(rows, ignore_conflicts=True)


def take_uses(uses: dict[int, int]) -> dict[int, int]:
    """Add to the use counts of commands; return the counts after."""
    counts = {}
    with connection.cursor() as cursor:
        # In the order of their ids, so that two batches never wait for each other.
        for command_id in sorted(uses):
            cursor.execute(
                "UPDATE commands SET uses = uses + %s WHERE id = %s RETURNING uses",
                [uses[command_id], command_id],
            )
            found = cursor.fetchone()
            counts[command_id] = int(found[0]) if found else uses[command_id]
    return counts
