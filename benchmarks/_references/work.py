"""The work of one event without any of the product's code: authenticate, read, ask, write."""

import hashlib
import os
from functools import lru_cache
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final

import msgspec
import redis
import uuid6

KEY: Final = os.environ.get("BENCH_KEY", "")
SECRET_SHA256: Final = hashlib.sha256(KEY.encode()).digest()
SCRIPT: Final = (Path(__file__).parent / "gate.lua").read_text()
INSERT: Final = """
    INSERT INTO command_executions (id, session_id, community_id, command_id, command, engine,
        user_id, entity, event_id, status, reason, duration_ms)
    VALUES (%s, %s, 1, 1, 'hello', 'builtin', 1, %s, %s, 'success', '', 0.1)
"""


class Event(msgspec.Struct):
    event_id: str
    platform: str
    server_id: str
    user_id: str
    user_name: str
    message_type: str
    message_content: str


@lru_cache(maxsize=1)
def _script() -> Any:
    return redis.Redis.from_url(os.environ["REDIS_URL"]).register_script(SCRIPT)


decoder: Final = msgspec.json.Decoder(Event)
encode: Final = msgspec.json.Encoder().encode


def is_known(header: str) -> bool:
    given = hashlib.sha256(header.partition(" ")[2].encode()).digest()
    return compare_digest(given, SECRET_SHA256)


def ask_redis(event: Event) -> tuple[str, str]:
    """Return an execution id and the session, in one round trip."""
    execution_id = str(uuid6.uuid7())
    user = f"{event.platform}+{event.server_id}:{event.user_id}"
    _, session = _script()(
        keys=["bench:{c1}:"], args=[f"{event.platform}:{event.event_id}", execution_id, user]
    )
    return execution_id, session.decode()


def row_of(event: Event, execution_id: str, session: str) -> tuple[str, str, str, str]:
    return execution_id, session, f"{event.platform}+{event.server_id}", event.event_id


def answer_of(event: Event, execution_id: str = "", session: str = "") -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "session_id": session,
        "execution_id": execution_id,
        "outcome": "reference",
        "command": None,
        "actions": [],
        "duration_ms": 0.1,
    }
