"""Two transactions that cross: each waits for what the other holds."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction

WAITING = """
SELECT count(*) FROM pg_locks
WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


def crossing(first: Callable[[], Any], call: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Do `first`; as soon as `call` waits for us do `second`, and return what the call gave.

    Should PostgreSQL have to end one of the two, it ends the call's.
    """
    with ThreadPoolExecutor(max_workers=1) as threads:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '30s'")
            first()
            called = threads.submit(_alone, call)
            _wait_till_we_block()
            second()
        return called.result(timeout=30)


def _alone(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connections.close_all()


def _wait_till_we_block() -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
    raise TimeoutError("Nobody waits.")
