"""What is counted (contract 8). No user, community or message content is ever a label."""

import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.db.backends.signals import connection_created
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from waddlebot.lib.cache import statistics

FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PLATFORMS: Final = frozenset({"twitch", "discord", "slack", "youtube", "kick", "teams", "matrix"})

HTTP: Final = Histogram(
    "waddlebot_http_request_duration_seconds",
    "Answered HTTP requests.",
    ["app", "route", "method", "status"],
    buckets=FAST,
)
EVENTS: Final = Counter("waddlebot_events", "Events in.", ["platform", "outcome"])
EVENT_SECONDS: Final = Histogram(
    "waddlebot_event_duration_seconds", "An event's way through the pipeline.", buckets=FAST
)
EXECUTIONS: Final = Counter(
    "waddlebot_command_executions", "Commands that ran.", ["engine", "status"]
)
ENGINE_SECONDS: Final = Histogram(
    "waddlebot_engine_duration_seconds", "What a module took.", ["engine"], buckets=FAST
)
SENT: Final = Counter(
    "waddlebot_outgoing_actions", "Done on platforms.", ["platform", "type", "outcome"]
)
DELIVERIES: Final = Counter(
    "waddlebot_event_deliveries", "Attempts to tell of an event.", ["engine", "state"]
)
LIMITED: Final = Counter("waddlebot_rate_limited", "Refused for haste.", ["scope"])
MODERATED: Final = Counter("waddlebot_moderation_hits", "Rules that hit.", ["action"])
CACHE: Final = Counter("waddlebot_cache_requests", "Asked of memory.", ["cache", "result"])
SOCKETS: Final = Gauge(
    "waddlebot_websocket_connections",
    "Open overlay sockets.",
    ["source"],
    multiprocess_mode="livesum",
)
COLLECTORS: Final = Gauge(
    "waddlebot_collectors_waiting",
    "Long polls for actions that wait.",
    multiprocess_mode="livesum",
)
LEASES: Final = Counter(
    "waddlebot_collector_leases", "Entities that collectors took or left.", ["change"]
)
OVERLAY_MESSAGES: Final = Counter("waddlebot_overlay_messages", "Sent to overlays.", ["source"])
QUERY_SECONDS: Final = Histogram(
    "waddlebot_db_query_duration_seconds", "Queries to PostgreSQL.", buckets=FAST
)
CONNECTIONS: Final = Gauge(
    "waddlebot_db_connections",
    "Connections to the database, of all processes.",
    multiprocess_mode="mostrecent",
)
TASKS: Final = Counter("waddlebot_tasks", "Celery tasks.", ["task", "state"])
MAINTAINED: Final = Counter(
    "waddlebot_maintenance_rows", "Rows that maintenance dealt with.", ["job"]
)
LABEL_OPERATIONS: Final = Counter("waddlebot_label_operations", "Labels changed.", ["operation"])


@lru_cache(maxsize=4096)
def _child(metric: Any, *labels: str) -> Any:
    # `labels()` takes a lock and builds a tuple of strings each time.
    return metric.labels(*labels)


def request_done(*, app: str, route: str, method: str, status: int, seconds: float) -> None:
    known = method if method in METHODS else "OTHER"
    _child(HTTP, app, route, known, str(status)).observe(seconds)
    _flush_caches()


def event_done(*, platform: str, outcome: str, seconds: float) -> None:
    # Anybody with a key names platforms; a label for each would fill the memory.
    known = platform if platform in PLATFORMS else "other"
    _child(EVENTS, known, outcome).inc()
    EVENT_SECONDS.observe(seconds)


def execution_done(*, engine: str, status: str, seconds: float) -> None:
    _child(EXECUTIONS, engine, status).inc()
    _child(ENGINE_SECONDS, engine).observe(seconds)


def delivery_tried(*, engine: str, state: str, seconds: float) -> None:
    _child(DELIVERIES, engine, state).inc()
    _child(ENGINE_SECONDS, engine).observe(seconds)


def rate_limited(scope: str) -> None:
    _child(LIMITED, scope).inc()


def moderation_hit(action: str) -> None:
    _child(MODERATED, action).inc()


def socket_opened(source: str) -> None:
    _child(SOCKETS, source).inc()


def socket_closed(source: str) -> None:
    _child(SOCKETS, source).dec()


def collectors_waiting(change: int) -> None:
    COLLECTORS.inc(change)


def leases_changed(change: str, count: int) -> None:
    _child(LEASES, change).inc(count)


def overlay_message(source: str, count: int = 1) -> None:
    _child(OVERLAY_MESSAGES, source).inc(count)


def cache_asked(cache: str, *, hit: bool) -> None:
    _child(CACHE, cache, "hit" if hit else "miss").inc()


def task_done(*, task: str, state: str) -> None:
    _child(TASKS, task, state).inc()


def action_sent(*, platform: str, kind: str, outcome: str) -> None:
    _child(SENT, platform, kind, outcome).inc()


def maintained(*, job: str, rows: int) -> None:
    _child(MAINTAINED, job).inc(rows)


def label_operation(operation: str, count: int = 1) -> None:
    _child(LABEL_OPERATIONS, operation).inc(count)


def exposition(*, connections: int | None) -> bytes:
    """Return the page Prometheus reads: of every process, when they share a folder."""
    if connections is not None:
        CONNECTIONS.set(connections)
    _flushed.flush()
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class _Flushed:
    """Carries the caches' own cheap counts into Prometheus, now and then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[int, int]] = {}
        self.at = 0.0

    def flush(self) -> None:
        with self._lock:
            self.at = time.monotonic()
            for name, (hits, misses) in statistics().items():
                before = self._seen.get(name, (0, 0))
                self._seen[name] = (hits, misses)
                _child(CACHE, name, "hit").inc(max(0, hits - before[0]))
                _child(CACHE, name, "miss").inc(max(0, misses - before[1]))


_flushed = _Flushed()


def _flush_caches() -> None:
    if time.monotonic() - _flushed.at > 1:
        _flushed.flush()


def time_queries() -> None:
    """Time every query of every connection from now on."""
    connection_created.connect(_time_connection, dispatch_uid="waddlebot.metrics")


def _time_connection(connection: Any, **_: Any) -> None:
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Callable[..., Any], *arguments: Any) -> Any:
    started = time.perf_counter()
    try:
        return execute(*arguments)
    finally:
        QUERY_SECONDS.observe(time.perf_counter() - started)
