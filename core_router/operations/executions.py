"""The record of what ran, written before the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from waddlebot.lib import prepared

COLUMNS: Final = {
    "id": "uuid",
    "session_id": "uuid",
    "community_id": "int8",
    "command_id": "int8",
    "command": "text",
    "engine": "text",
    "user_id": "int8",
    "entity": "text",
    "event_id": "text",
    "status": "text",
    "reason": "text",
    "duration_ms": "float8",
}
# Arrays, so that one prepared statement serves one row as well as a hundred.
INSERT: Final = (
    f"INSERT INTO command_executions ({', '.join(COLUMNS)}) "  # noqa: S608 - our own names
    f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in COLUMNS.values())}) "
    "ON CONFLICT (id) DO NOTHING RETURNING id"
)


@dataclass(frozen=True, slots=True)
class Execution:
    """One command that ran; the fields stand in the order of `COLUMNS`."""

    id: UUID
    session_id: str
    community_id: int
    command_id: int
    command: str
    engine: str
    user_id: int
    entity: str
    event_id: str
    status: str
    reason: str
    duration_ms: float

    def values(self) -> tuple[Any, ...]:
        return (
            self.id, self.session_id, self.community_id, self.command_id, self.command,
            self.engine, self.user_id, self.entity, self.event_id, self.status, self.reason,
            self.duration_ms,
        )  # fmt: skip


def write_executions(executions: Sequence[Execution]) -> set[UUID]:
    """Write all in one statement and return the ids of those that were not there before."""
    if not executions:
        return set()
    columns = zip(*(execution.values() for execution in executions), strict=True)
    return {row[0] for row in prepared.fetch(INSERT, [list(column) for column in columns])}


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
