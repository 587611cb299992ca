"""A circuit breaker an engine: whoever fails five times in a row is left alone for a while.

pybreaker holds its lock while it calls, and so lets one call at a time through.
"""

import threading
import time
from collections import OrderedDict
from typing import Final

FAILURES: Final = 5
OPEN_S: Final = 30.0
REMEMBERED: Final = 20_000


class Breaker:
    """One engine's. After `OPEN_S` one call may try; as it ends, the circuit closes or not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0

    def wait_s(self) -> float:
        """Return 0 when a call may go out, else for how many seconds none may."""
        if self._failures < FAILURES:
            return 0
        with self._lock:
            now = time.monotonic()
            if now < self._open_until:
                return self._open_until - now
            # This one tries; the others wait for what becomes of it.
            self._open_until = now + OPEN_S
            return 0

    def succeeded(self) -> None:
        if self._failures:
            with self._lock:
                self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._open_until = time.monotonic() + OPEN_S


_breakers: OrderedDict[int, Breaker] = OrderedDict()
_adding: Final = threading.Lock()


def breaker_of(engine_id: int) -> Breaker:
    found = _breakers.get(engine_id)
    if found is None:
        with _adding:
            found = _breakers.setdefault(engine_id, Breaker())
            if len(_breakers) > REMEMBERED:
                _breakers.popitem(last=False)
    return found


def forget_failures() -> None:
    """Close every circuit: for tests, and for whoever has just changed an engine."""
    _breakers.clear()


def close(engine_id: int) -> None:
    """Close the circuit of an engine that was changed."""
    _breakers.pop(engine_id, None)
