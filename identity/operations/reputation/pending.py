"""Points on their way: counted in Redis by the router's gate, in the hash slot of a community.

The gate adds 1 to a field of the hash `POINTS_HASH`; the field says all there is to know, so one
HINCRBY is all that an event costs. Whoever counts marks the community first (`expect_points`).
"""

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from waddlebot.lib.ids import new_id
from waddlebot.lib.redis import call, community_prefix

POINTS_HASH: Final = "rep"
MARKED: Final = "wb:rep:marked"
MARK_EVERY_S: Final = 5.0
KEPT_S: Final = 60
"""A mark stays this long after it was last made: far longer than a count may follow it."""

# The batch gets its name and its place on the list in one step, so none is ever lost.
TAKE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('RENAME', KEYS[1], KEYS[1] .. ':' .. ARGV[1])
  redis.call('SADD', KEYS[2], ARGV[1])
end
return redis.call('SMEMBERS', KEYS[2])
"""


class Gain(msgspec.Struct, frozen=True, array_like=True):
    """What a field of the hash says; its value is how many such events there were.

    `subscriber`: the platform said so of whom it was about.
    """

    day: date
    reason: str
    points: int
    platform: str
    platform_user_id: str
    user_name: str
    display_name: str
    subscriber: bool = False


_encode: Final = msgspec.json.Encoder().encode
_decoder: Final = msgspec.json.Decoder(Gain)
_marked: dict[int, float] = {}
_lock = threading.Lock()


def gain_field(gain: Gain) -> str:
    return _encode(gain).decode()


def gain_of(field: bytes | str) -> Gain:
    return _decoder.decode(field)


def expect_points(community_id: int) -> None:
    """Say that points of this community may wait; asks Redis once in five seconds at most.

    Raises `redis.RedisError`.
    """
    now = time.monotonic()
    if now - _marked.get(community_id, -MARK_EVERY_S) < MARK_EVERY_S:
        return
    _mark(community_id)
    with _lock:
        _marked[community_id] = now


def marked() -> list[int]:
    """Return the communities whose points may wait."""
    return [int(each) for each in call("ZRANGE", MARKED, 0, -1)]


def unmark(*, before: float) -> None:
    """Forget the marks made before a moment (Unix time)."""
    call("ZREMRANGEBYSCORE", MARKED, "-inf", f"({before}")


def take(community_id: int) -> list[UUID]:
    """Close the open batch and return all that are closed, oldest first."""
    pending, closed = _pending(community_id), _closed(community_id)
    if not call("EXISTS", pending, closed):
        return []
    # Nobody may take the mark away while a batch is in hand.
    _mark(community_id)
    found = call("EVAL", TAKE, 2, pending, closed, str(new_id()))
    return sorted(UUID(each.decode()) for each in found)


def read(community_id: int, batch: UUID) -> dict[str, int]:
    return {field.decode(): int(count) for field, count in _fields(_batch(community_id, batch))}


def drop(community_id: int, batch: UUID) -> None:
    call("DEL", _batch(community_id, batch))
    call("SREM", _closed(community_id), str(batch))


def pending_points(community_id: int, fields: Mapping[str, int]) -> int:
    """Return what these fields, each with its points, add up to that is not written yet."""
    counts = call("HMGET", _pending(community_id), *fields)
    return sum(int(n or 0) * points for n, points in zip(counts, fields.values(), strict=True))


def forget(accounts: frozenset[tuple[str, str]]) -> int:
    """Remove what waits anywhere for these platform accounts; return the number of fields."""
    return sum(
        _forget(key, accounts) for community_id in marked() for key in _all_keys(community_id)
    )


def _forget(key: str, accounts: frozenset[tuple[str, str]]) -> int:
    theirs = []
    for field, _ in _fields(key):
        gain = gain_of(field)
        if (gain.platform, gain.platform_user_id) in accounts:
            theirs.append(field)
    return int(call("HDEL", key, *theirs)) if theirs else 0


def _all_keys(community_id: int) -> list[str]:
    batches = call("SMEMBERS", _closed(community_id))
    return [
        _pending(community_id),
        *(_batch(community_id, UUID(each.decode())) for each in batches),
    ]


def _fields(key: str) -> Iterator[tuple[bytes, bytes]]:
    flat = call("HGETALL", key)
    return zip(flat[::2], flat[1::2], strict=True)


def _mark(community_id: int) -> None:
    call("ZADD", MARKED, str(time.time()), community_id)


def _pending(community_id: int) -> str:
    return community_prefix(community_id) + POINTS_HASH


def _closed(community_id: int) -> str:
    return f"{_pending(community_id)}:closed"


def _batch(community_id: int, batch: UUID) -> str:
    return f"{_pending(community_id)}:{batch}"
