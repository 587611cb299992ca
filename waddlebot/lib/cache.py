"""What this process remembers, and how it hears that it must forget.

A write announces `(cache, key)` over Redis after its commit; a listener in every process drops
that key. An entry is trusted for `CACHE_TTL` seconds while the listener hears Redis, and for one
second while it does not, so a revoked key is dead everywhere within a second either way.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

import redis
from django.conf import settings
from django.db import connection, transaction

from waddlebot.lib.redis import client

logger = logging.getLogger(__name__)

V = TypeVar("V")

CHANNEL: Final = "waddlebot:forget"
DEAF_TTL_S: Final = 1.0
PING_EVERY_S: Final = 0.3
SEPARATOR: Final = "\x1f"
KEYS_SEPARATOR: Final = "\x1e"
STARTED: Final = uuid4().hex

_caches: dict[str, "LocalCache[Any]"] = {}


class LocalCache(Generic[V]):
    """A bounded memory of what `load(key)` returned; when full, the oldest entry goes.

    `load` may return None: that nothing is there is remembered too.
    """

    def __init__(self, name: str, load: Callable[[str], V], *, size: int = 10_000) -> None:
        self.name = name
        self.load = load
        self.size = size
        self.hits = self.misses = 0
        self._entries: dict[str, tuple[V, float]] = {}
        self._forgotten = 0
        _caches[name] = self

    def get(self, key: str) -> V:
        now = time.monotonic()
        entry = self._entries.get(key)
        if entry is not None and now < entry[1] + ear.ttl(now):
            self.hits += 1
            return entry[0]
        self.misses += 1
        ear.listen()
        before = self._forgotten
        value = self.load(key)
        # Somebody may have changed it while we read, or we ourselves in a transaction that may
        # yet be rolled back: then it is true for this call only.
        if before == self._forgotten and not _is_changing(self.name, key):
            self.put(key, value, loaded_at=now)
        return value

    def put(self, key: str, value: V, *, loaded_at: float | None = None) -> None:
        if len(self._entries) >= self.size:
            self._entries.pop(next(iter(self._entries)), None)
        self._entries[key] = (value, time.monotonic() if loaded_at is None else loaded_at)

    def peek(self, key: str) -> V | None:
        """Return what is remembered and still trusted, without loading."""
        now = time.monotonic()
        entry = self._entries.get(key)
        return entry[0] if entry is not None and now < entry[1] + ear.ttl(now) else None

    def forget(self, key: str = "") -> None:
        self._forgotten += 1
        if key:
            self._entries.pop(key, None)
        else:
            self._entries.clear()


class _Ear:
    """The listener of this process; a fork gets one of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._trusted_until = 0.0
        self._ttl = 0.0
        self._closing = threading.Event()

    def close(self) -> None:
        self._closing.set()

    def ttl(self, now: float) -> float:
        return self._ttl if now < self._trusted_until else DEAF_TTL_S

    def listen(self) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid == os.getpid():
                return
            self._trusted_until = 0.0
            self._pid = os.getpid()
            self._ttl = float(settings.CACHE_TTL)
            atexit.register(self.close)
            threading.Thread(target=self._run, name="waddlebot-ear", daemon=True).start()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._hear()
            except (redis.RedisError, OSError) as error:
                self._trusted_until = 0.0
                if self._closing.is_set():
                    return
                logger.warning("Redis is not heard", extra={"error": type(error).__name__})
                time.sleep(0.5)

    def _hear(self) -> None:
        with client().pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(_channel())
            asked_at = 0.0
            while not self._closing.is_set():
                if time.monotonic() - asked_at > PING_EVERY_S:
                    asked_at = time.monotonic()
                    pubsub.ping()
                message = pubsub.get_message(timeout=PING_EVERY_S)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    forget_everything()
                elif message["type"] == "pong":
                    self._trusted_until = asked_at + DEAF_TTL_S
                elif message["type"] == "message":
                    _hear_of(*message["data"].decode().split(SEPARATOR, 2))


ear = _Ear()


def is_redis_heard() -> bool:
    """Return whether Redis was there a moment ago, without asking it."""
    ear.listen()
    return ear.ttl(time.monotonic()) > DEAF_TTL_S


def announce(cache: str, key: str = "") -> None:
    """Make every process forget `key` of `cache` (all of it when empty) once this commits."""
    transaction.on_commit(partial(_publish, cache, key))


def announce_many(cache: str, keys: Sequence[str]) -> None:
    """The same for many keys, in one message."""
    if keys:
        transaction.on_commit(partial(_publish, cache, KEYS_SEPARATOR.join(keys)))


def _is_changing(cache: str, key: str) -> bool:
    """Tell whether the transaction that is open here has announced a change of this."""
    waiting = (function for _, function, *_ in connection.run_on_commit)
    return any(
        isinstance(function, partial)
        and function.func is _publish
        and function.args[0] == cache
        and (not function.args[1] or key in function.args[1].split(KEYS_SEPARATOR))
        for function in waiting
    )


def forget_everything() -> None:
    for cache in _caches.values():
        cache.forget()


def statistics() -> dict[str, tuple[int, int]]:
    """Return hits and misses of each cache of this process."""
    return {name: (cache.hits, cache.misses) for name, cache in _caches.items()}


def _channel() -> str:
    """Return where this installation announces: Redis tells all its databases, we use one."""
    return f"{CHANNEL}:{client().connection_pool.connection_kwargs.get('db', 0)}"


def _sender() -> str:
    return f"{STARTED}.{os.getpid()}"


def _hear_of(sender: str, cache: str, key: str) -> None:
    # What we announced ourselves was forgotten then; by now it may have been read anew.
    if sender != _sender():
        _forget(cache, key)


def _forget(cache: str, key: str) -> None:
    if cache in _caches:
        for each in key.split(KEYS_SEPARATOR):
            _caches[cache].forget(each)


def _publish(cache: str, key: str) -> None:
    _forget(cache, key)
    try:
        client().publish(_channel(), SEPARATOR.join((_sender(), cache, key)))
    except redis.RedisError as error:
        # Every other process is as deaf as we are, and trusts nothing for over a second.
        logger.warning("Could not announce a change", extra={"error": type(error).__name__})
