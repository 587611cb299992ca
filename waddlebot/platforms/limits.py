"""What the platforms allow, counted in Redis for all processes together."""

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.crypto import salted_hmac
from redis import RedisError
from redis.commands.core import Script

from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.limits import hit_log
from waddlebot.lib.redis import client
from waddlebot.platforms.errors import BusyError, UncountedError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    count: int
    window_s: float


def demand(*limits: Limit) -> None:
    """Count one more of each, or raise BusyError."""
    for limit in limits:
        try:
            verdict = hit_log(f"wb:platform:{limit.name}", limit.count, limit.window_s)
        except UnavailableError:
            raise UncountedError from None
        if not verdict.allowed:
            raise BusyError(verdict.reset_s)


def pause(name: str, seconds: float) -> None:
    """Let nobody call what `name` stands for until the platform has rested."""
    try:
        client().set(_paused(name), 1, px=max(1, math.ceil(seconds * 1000)))
    except RedisError as error:
        logger.warning("A pause is not shared", extra={"error": type(error).__name__})


def demand_no_pause(*names: str) -> None:
    try:
        lefts: list[Any] = [client().pttl(_paused(name)) for name in names]
    except RedisError:
        # The platform itself still says no.
        return
    if max(lefts) > 0:
        raise BusyError(max(lefts) / 1000)


def is_among_todays(name: str, account_id: str, *, most: int) -> bool:
    """Return whether this account is one of the first `most` of the UTC day.

    Raises UncountedError when nobody can tell.
    """
    try:
        return bool(_script()(keys=[f"wb:platform:{name}"], args=[most, alias(account_id)]))
    except RedisError:
        raise UncountedError from None


@contextmanager
def alone(name: str, seconds: float, *, wait_s: float | None = None) -> Iterator[None]:
    """Let no other process do what `name` stands for meanwhile.

    Raises UncountedError when another has not ended in `wait_s`, or nobody can tell.
    """
    wait_s = seconds if wait_s is None else wait_s
    lock = client().lock(f"wb:platform:{name}:lock", timeout=seconds, blocking_timeout=wait_s)
    try:
        is_ours = lock.acquire()
    except RedisError:
        is_ours = False
    if not is_ours:
        raise UncountedError
    try:
        yield
    finally:
        with suppress(RedisError):  # It ends by itself.
            lock.release()


def alias(account_id: str) -> str:
    """Return what Redis may know an account by."""
    return salted_hmac("waddlebot.platforms", account_id, algorithm="sha256").hexdigest()[:32]


def _paused(name: str) -> str:
    return f"wb:platform:{name}:pause"


@lru_cache(maxsize=1)
def _script() -> Script:
    return client().register_script((Path(__file__).parent / "todays.lua").read_text())
