"""Why somebody was last refused, remembered for an hour."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
import redis

from core_router.data import Outcome, Reason, TraceStep, normal_word
from waddlebot.lib.redis import call

TTL_S = 3600


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command or text that was stopped, and the checks it went through."""

    command: str
    outcome: Outcome
    reason: Reason
    at: datetime
    trace: tuple[TraceStep, ...]
    prefix: str = "!"


def name_of(community_id: int, user_id: int) -> str:
    return f"wb:{{c{community_id}}}:why:{user_id}"


def pointer_of(community_id: int, platform: str, user_name: str) -> str:
    return f"wb:{{c{community_id}}}:why:{platform}:{normal_word(user_name)}"


def last_refusal(*, community_id: int, user_id: int) -> Refusal | None:
    """Return the last one of this hour; None too when Redis, which remembers them, is away."""
    return _read(name_of(community_id, user_id))


def last_refusal_of(*, community_id: int, platform: str, user_name: str) -> Refusal | None:
    """Return that of somebody known by the name they were refused under."""
    pointer = pointer_of(community_id, platform, user_name)
    try:
        user_id = call("GET", pointer)
    except redis.RedisError:
        return None
    return _read(name_of(community_id, int(user_id))) if user_id else None


def _read(name: str) -> Refusal | None:
    try:
        stored = call("GET", name)
    except redis.RedisError:
        return None
    return msgspec.json.decode(stored, type=Refusal) if stored else None
