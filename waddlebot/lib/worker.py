"""What Celery's processes tell the others: that they live, whose request it was, how it ended."""

import logging
import socket
import threading
import time
from collections.abc import MutableMapping
from typing import Any, Final

from celery.signals import (
    before_task_publish,
    task_failure,
    task_postrun,
    task_prerun,
    task_retry,
    task_success,
    worker_ready,
    worker_shutdown,
)
from redis import RedisError
from structlog.contextvars import bind_contextvars, unbind_contextvars

from waddlebot.lib import metrics
from waddlebot.lib.logging import current_request_id, request_id_of
from waddlebot.lib.redis import client

logger = logging.getLogger(__name__)

WORKERS: Final = "waddlebot:workers"
BEAT_S: Final = 3.0
DEAD_AFTER_S: Final = 10.0
HEADER: Final = "request_id"

_stopped = threading.Event()


def connect() -> None:
    """Listen to Celery's signals; harmless in a process that runs no tasks."""
    before_task_publish.connect(_send_request_id)
    task_prerun.connect(_enter)
    task_postrun.connect(_leave)
    for signal, state in (
        (task_success, "success"),
        (task_failure, "failure"),
        (task_retry, "retry"),
    ):
        signal.connect(_counter(state), weak=False)
    worker_ready.connect(_start_beating)
    worker_shutdown.connect(_stop_beating)


def workers_alive() -> int:
    """Return how many workers gave a sign of life in the last seconds."""
    return int(client().zcount(WORKERS, time.time() - DEAD_AFTER_S, "+inf"))  # type: ignore[arg-type]


def beat(name: str) -> None:
    client().zadd(WORKERS, {name: time.time()})
    client().zremrangebyscore(WORKERS, "-inf", time.time() - 60)


def _start_beating(sender: Any = None, **_: Any) -> None:
    _stopped.clear()
    name = str(getattr(sender, "hostname", "") or socket.gethostname())
    threading.Thread(target=_beat_on, args=(name,), name="waddlebot-beat", daemon=True).start()


def _beat_on(name: str) -> None:
    while True:
        try:
            beat(name)
        except RedisError as error:
            logger.warning("No sign of life sent", extra={"error": type(error).__name__})
        if _stopped.wait(BEAT_S):
            break
    try:
        client().zrem(WORKERS, name)
    except RedisError:
        logger.warning("Left without a word")


def _stop_beating(**_: Any) -> None:
    _stopped.set()


def _send_request_id(headers: MutableMapping[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and (request_id := current_request_id()):
        headers[HEADER] = request_id


def _enter(task: Any = None, **_: Any) -> None:
    request = getattr(task, "request", None)
    offered = (getattr(request, "headers", None) or {}).get(HEADER) or getattr(
        request, HEADER, None
    )
    bind_contextvars(request_id=request_id_of(offered), task=getattr(task, "name", ""))


def _leave(**_: Any) -> None:
    unbind_contextvars("request_id", "task")


def _counter(state: str) -> Any:
    def count(sender: Any = None, **_: Any) -> None:
        metrics.task_done(task=str(getattr(sender, "name", "unknown")), state=state)

    return count
