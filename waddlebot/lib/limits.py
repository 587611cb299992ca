"""How often something may happen.

`hit` counts in two windows (cheap, for requests); `hit_log` remembers each moment (exact, for
sign-in and codes). When Redis is down `hit` counts in this process alone, `hit_log` refuses.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from redis import RedisError
from redis.commands.core import Script

from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.redis import client

logger = logging.getLogger(__name__)

MINUTE_S: Final = 60
MOST_LOCAL_NAMES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it may happen, how many more may, and seconds until there is room again."""

    allowed: bool
    remaining: int
    reset_s: float


class Caller(Protocol):
    """What a credential must tell to be counted."""

    @property
    def key_id(self) -> str: ...
    @property
    def user_id(self) -> int: ...
    @property
    def community_id(self) -> int | None: ...


def key_counter_name(caller: Caller) -> str:
    """Return the counter of a key's requests, in the hash slot of the community it is bound to."""
    if not caller.key_id:
        return f"wb:{{u{caller.user_id}}}:session"
    if caller.community_id is None:
        return f"wb:{{k{caller.key_id}}}:key"
    return f"wb:{{c{caller.community_id}}}:key:{caller.key_id}"


def limit_headers(verdict: Verdict, *, count: int, window_s: int = MINUTE_S) -> dict[str, str]:
    """Return the IETF RateLimit fields (contract 1)."""
    return {
        "RateLimit-Policy": f'"key";q={count};w={window_s}',
        "RateLimit": f'"key";r={verdict.remaining};t={math.ceil(verdict.reset_s)}',
    }


def hit(name: str, count: int, window_s: float = MINUTE_S) -> Verdict:
    """Count one more of `name`, if there is room for it."""
    window_ms = int(window_s * 1000)
    try:
        allowed, _, left_ms, current, previous = _script("limits.lua")(
            keys=[name], args=[count, window_ms]
        )
    except RedisError as error:
        logger.warning("Counting in this process alone", extra={"error": type(error).__name__})
        return _local.hit(name, count, window_s)
    windows = _Windows(bool(allowed), int(current), int(previous), left_ms / window_ms)
    return windows.verdict(count, window_s)


def hit_log(name: str, count: int, window_s: float) -> Verdict:
    """Count one more of `name` exactly; raises UnavailableError when that cannot be done."""
    try:
        allowed, held, left_ms = _script("limits_log.lua")(
            keys=[name], args=[count, int(window_s * 1000), uuid4().hex]
        )
    except RedisError:
        raise UnavailableError from None
    return Verdict(bool(allowed), count - int(held), left_ms / 1000)


@dataclass(frozen=True, slots=True)
class _Windows:
    """What was counted before this one; `left` is the part of the window still to come."""

    allowed: bool
    current: int
    previous: int
    left: float

    def verdict(self, count: int, window_s: float) -> Verdict:
        if not self.allowed:
            wait = _wait(self.current, self.previous, count, self.left)
            return Verdict(allowed=False, remaining=0, reset_s=wait * window_s)
        remaining = int(count - (self.previous * self.left + self.current) - 1)
        return Verdict(allowed=True, remaining=max(0, remaining), reset_s=self.left * window_s)


def _wait(current: int, previous: int, count: int, left: float) -> float:
    """Return the windows to wait until the weight is below `count`."""
    if current < count:
        return max(0.0, left - (count - current) / previous)
    return left + 1 - count / current


@lru_cache(maxsize=2)
def _script(name: str) -> Script:
    return client().register_script((Path(__file__).parent / name).read_text())


class _LocalWindows:
    """The same sliding counter in this process, for while Redis is down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, int], int] = {}

    def hit(self, name: str, count: int, window_s: float) -> Verdict:
        now = time.monotonic()
        slot = int(now // window_s)
        left = 1 - (now % window_s) / window_s
        with self._lock:
            if len(self._counts) > MOST_LOCAL_NAMES:
                self._counts.clear()
            current = self._counts.get((name, slot), 0)
            previous = self._counts.get((name, slot - 1), 0)
            allowed = previous * left + current < count
            if allowed:
                self._counts[name, slot] = current + 1
        return _Windows(allowed, current, previous, left).verdict(count, window_s)


_local = _LocalWindows()
