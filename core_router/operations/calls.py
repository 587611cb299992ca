"""Calls outside that have no answer yet. The row stands before the call goes out.

So whoever finds it later knows what was asked, and a module may answer before we have heard that
it will.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.conf import settings

from core_router.models import EngineCall
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
    "message_id": "text",
    "started_at": "timestamptz",
    "deadline_at": "timestamptz",
    "expires_at": "timestamptz",
}
# Nothing is acknowledged by it, so it need not be on the disk before the call goes out: what
# PostgreSQL loses when it crashes in this moment is called again with the event.
BEGIN: Final = prepared.Statement(
    "begin_calls",
    f"WITH quickly AS (SELECT set_config('synchronous_commit', 'off', true)) "  # noqa: S608
    f"INSERT INTO engine_calls ({', '.join(COLUMNS)}, state) "
    f"SELECT {', '.join(COLUMNS)}, 'running' FROM quickly, json_to_recordset($1::json) "
    f"AS row({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())}) "
    "ON CONFLICT (id) DO UPDATE "
    "SET started_at = EXCLUDED.started_at, deadline_at = EXCLUDED.deadline_at "
    "WHERE engine_calls.state = 'running' AND engine_calls.deadline_at < EXCLUDED.started_at "
    "RETURNING id::text",
)
encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Begun:
    """One call that goes out; the fields are those of `COLUMNS`."""

    id: str
    session_id: str
    community_id: int
    command_id: int
    command: str
    engine: str
    user_id: int
    entity: str
    event_id: str
    message_id: str
    started_at: datetime
    deadline_at: datetime
    expires_at: datetime


def begin_calls(calls: Sequence[Begun]) -> set[str]:
    """Write all in one statement; return the ids of those that may go out now.

    The others are out already, for somebody who still waits for them.
    """
    return set(BEGIN.run(encode(calls))) if calls else set()


def end_call(call_id: str) -> bool:
    """Take a call's row away, in the transaction that writes what it led to.

    Return whether it was there: if not, somebody else has ended it, and what they wrote counts.
    """
    return EngineCall.objects.filter(pk=call_id, state="running").delete()[0] > 0


def wait_for_response(call_id: str, *, now: datetime) -> bool:
    """Let the module answer later; return whether it has not done so yet."""
    rows = EngineCall.objects.filter(pk=call_id, state="running")
    until = now + timedelta(seconds=settings.SESSION_TTL)
    return rows.update(state="pending", expires_at=until) > 0
