"""Whether what we depend on answers. Each check has 500 ms; the result is kept for 2 s."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import redis
from django.conf import settings
from django.db import connections

from waddlebot.lib.redis import client
from waddlebot.lib.worker import workers_alive

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 0.5
KEEP_S: Final = 2.0

Check = Callable[[], dict[str, Any]]


class NotWellError(Exception):
    """A dependency answers, and what it says is bad."""


def report() -> tuple[str, Mapping[str, Any]]:
    """Return `ok`, `degraded` or `down`, and what each check found."""
    return _memory.get()


def _database(alias: str) -> dict[str, Any]:
    if alias not in settings.DATABASES:
        return {"status": "not_configured"}
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()
    return {}


def _redis() -> dict[str, Any]:
    client().ping()
    return {}


def _channels() -> dict[str, Any]:
    """Hear our own voice: overlays live on publish and subscribe."""
    name = f"waddlebot:health:{uuid4().hex}"
    with client().pubsub() as ear:  # type: ignore[no-untyped-call]
        ear.subscribe(name)
        ear.get_message(timeout=PATIENCE_S)
        client().publish(name, "1")
        if ear.get_message(timeout=PATIENCE_S) is None:
            raise NotWellError("nothing was heard")
    return {}


def _celery() -> dict[str, Any]:
    workers = workers_alive()
    facts: dict[str, Any] = {"workers": workers, "queue_depth": _queue_depth()}
    return facts if workers else facts | {"status": "down"}


def _queue_depth() -> int | None:
    """Return how many tasks wait; None when the broker is not Redis, and asking is not cheap."""
    if urlsplit(settings.CELERY_BROKER_URL).scheme not in {"redis", "rediss", "unix"}:
        return None
    with _broker().pipeline(transaction=False) as pipeline:
        for queue in settings.CELERY_TASK_QUEUES:
            pipeline.llen(queue)
        return sum(int(length) for length in pipeline.execute())


@lru_cache(maxsize=1)
def _broker() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
    )


CHECKS: Final[Mapping[str, Check]] = {
    "database": lambda: _database("default"),
    "replica": lambda: _database("replica"),
    "redis": _redis,
    "channels": _channels,
    "celery": _celery,
}


def _run(check: Check) -> dict[str, Any]:
    started = time.perf_counter()
    facts = check()
    return {
        "status": "ok",
        "latency_ms": round((time.perf_counter() - started) * 1000, 2),
    } | facts


def _finding(name: str, future: "Future[dict[str, Any]]") -> dict[str, Any]:
    # No text of the error: it names hosts.
    nothing = {"workers": 0, "queue_depth": None} if name == "celery" else {}
    if not future.done():
        return {"status": "down", "latency_ms": PATIENCE_S * 1000} | nothing
    if error := future.exception():
        logger.warning("Not well", extra={"check": name, "error": type(error).__name__})
        return {"status": "down", "latency_ms": None} | nothing
    return future.result()


class _Memory:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._report: tuple[str, Mapping[str, Any]] = ("ok", {})
        self._threads = ThreadPoolExecutor(max_workers=10, thread_name_prefix="health")

    def get(self) -> tuple[str, Mapping[str, Any]]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._report = self._look()
                self._until = time.monotonic() + KEEP_S
            return self._report

    def forget(self) -> None:
        self._until = 0.0

    def _look(self) -> tuple[str, Mapping[str, Any]]:
        futures = {name: self._threads.submit(_run, check) for name, check in CHECKS.items()}
        wait(futures.values(), timeout=PATIENCE_S)
        found = {name: _finding(name, future) for name, future in futures.items()}
        if found["database"]["status"] == "down":
            return "down", found
        is_well = all(check["status"] != "down" for check in found.values())
        return "ok" if is_well else "degraded", found


_memory = _Memory()


def forget() -> None:
    """Look anew at the next question; for tests."""
    _memory.forget()
