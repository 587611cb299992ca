"""When the queue of each source connected here has to move on."""

import asyncio
import time
from collections.abc import Callable, Container, Iterable
from typing import Final

from django.utils import timezone

from browser_sources.data import OverlayEvent
from browser_sources.operations import advance
from waddlebot.lib.in_database import in_database

RETRY_S: Final = 0.02


class Scheduler:
    """Timers of this process. The row's lock in PostgreSQL decides between processes."""

    def __init__(self, watched: Container[int], tell: Callable[[OverlayEvent], None]) -> None:
        """Take the sources somebody watches, for the queue of any other stands still."""
        self._watched, self._tell = watched, tell
        self._due: set[int] = set()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()

    def look_at(self, source_ids: Iterable[int]) -> None:
        self._due.update(source_ids)
        self._wake.set()

    def look_later(self, source_id: int, wake_at: float | None) -> None:
        """Look again at that moment, a Unix time; None: only when something is queued."""
        self.forget(source_id)
        if wake_at is not None:
            delay = max(0, wake_at - time.time()) + 0.001
            loop = asyncio.get_running_loop()
            self._timers[source_id] = loop.call_later(delay, self._ring, source_id)

    def forget(self, source_id: int) -> None:
        if timer := self._timers.pop(source_id, None):
            timer.cancel()

    def is_waiting(self, source_id: int) -> bool:
        return source_id in self._timers

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            due = {source_id for source_id in self._due if source_id in self._watched}
            self._due.clear()
            # All that is due moves in one transaction, however many sources that are.
            turn = await in_database(advance, source_ids=due, now=timezone.now())
            # Our own pages need not wait for Redis to bring it back to us.
            for event in turn.told:
                self._tell(event)
            for source_id, moment in turn.wake_at.items():
                self.look_later(source_id, moment.timestamp() if moment else None)
            if turn.busy:
                asyncio.get_running_loop().call_later(RETRY_S, self.look_at, turn.busy)

    def _ring(self, source_id: int) -> None:
        self._timers.pop(source_id, None)
        self.look_at([source_id])
