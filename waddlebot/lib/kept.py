"""Connections that are kept for another request.

One belongs to its scheme, name and port alone, so no other name is ever asked over it. It is used
again only while the name still leads to its address.
"""

import os
import threading
import time
from collections.abc import Collection, Sequence
from typing import Final

from waddlebot.lib.connections import Connection, Origin

KEPT_S: Final = 4.0
"""Many servers hang up after 5 s of silence; whoever comes before does not meet that."""
MOST_KEPT: Final = 200
MOST_OF_ONE: Final = 20


class Kept:
    """Connections that wait for their next request, for a few seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Origin, list[Connection]] = {}
        self._count = 0
        self._is_swept = False

    def take(self, origin: Origin, addresses: Collection[str]) -> Connection | None:
        """Return one that leads to one of these addresses; it is the caller's then."""
        while found := self._pop(origin):
            is_fresh = time.monotonic() - found.idle_since < KEPT_S
            if is_fresh and found.address in addresses and found.is_quiet():
                return found
            found.close()
        return None

    def keep(self, connection: Connection) -> None:
        if not connection.may_go_on():
            connection.close()
            return
        with self._lock:
            waiting = self._waiting.setdefault(connection.origin, [])
            is_full = self._count >= MOST_KEPT or len(waiting) >= MOST_OF_ONE
            if not is_full:
                waiting.append(connection)
                self._count += 1
            starts, self._is_swept = not self._is_swept, True
        if is_full:
            connection.close()
        if starts:
            threading.Thread(target=self._sweep, name="connections", daemon=True).start()

    def close(self) -> None:
        """Close all that wait."""
        for each in self._taken_out(time.monotonic()):
            each.close()

    def _pop(self, origin: Origin) -> Connection | None:
        with self._lock:
            waiting = self._waiting.get(origin)
            if not waiting:
                return None
            self._count -= 1
            return waiting.pop()

    def _sweep(self) -> None:
        while True:
            time.sleep(KEPT_S)
            for each in self._taken_out(time.monotonic() - KEPT_S):
                each.close()
            with self._lock:
                if not self._count:
                    self._is_swept = False
                    return

    def _taken_out(self, idle_before: float) -> Sequence[Connection]:
        old = []
        with self._lock:
            for origin, waiting in list(self._waiting.items()):
                old += [each for each in waiting if each.idle_since <= idle_before]
                self._waiting[origin] = [e for e in waiting if e.idle_since > idle_before]
                if not self._waiting[origin]:
                    del self._waiting[origin]
            self._count -= len(old)
        return old


kept: Final = Kept()
# A child must not speak over its parent's lines.
os.register_at_fork(after_in_child=kept.__init__)  # type: ignore[misc]
