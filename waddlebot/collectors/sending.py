"""Events on their way into batches: at once when it is quiet, many together when it is not."""

import asyncio
import logging
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from waddlebot.collectors.base import Event, backoff_s, entity_of
from waddlebot.collectors.router import AwayError, RefusedError, Router

logger = logging.getLogger(__name__)

Answered = Callable[[Event, dict[str, Any]], None]

LANES: Final = 2
"""Batches on their way at a time. A place's events stay in one lane, and so in their order."""
BATCH: Final = 100
SHARE: Final = 0.8
"""Of the key's requests; the rest is for waiting and for sharing channels out."""
MOST_WAITING: Final = 20_000
STALE_S: Final = 60.0
"""Nobody wants an answer to what was said so long ago."""


class Lane:
    """Sends what it is given, a batch after the other."""

    def __init__(self, router: Router, answered: Answered) -> None:
        self._router = router
        self._answered = answered
        self._waiting: deque[tuple[float, Event]] = deque()
        self._something = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._lost = 0

    def put(self, event: Event) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._lost += 1
        self._waiting.append((asyncio.get_running_loop().time(), event))
        self._quiet.clear()
        self._something.set()

    async def run(self) -> None:
        while True:
            await self._something.wait()
            if batch := self._next_batch():
                await self._deliver(batch)
                await asyncio.sleep(self._router.gap_s * LANES / SHARE)
            elif not self._waiting:
                self._something.clear()
                self._quiet.set()

    async def settled(self) -> None:
        await self._quiet.wait()

    def _next_batch(self) -> list[Event]:
        now = asyncio.get_running_loop().time()
        batch: list[Event] = []
        while self._waiting and len(batch) < BATCH:
            heard_at, event = self._waiting.popleft()
            if now - heard_at > STALE_S:
                self._lost += 1
            else:
                batch.append(event)
        if self._lost:
            logger.warning("Events were lost", extra={"events": self._lost})
            self._lost = 0
        return batch

    async def _deliver(self, batch: Sequence[Event]) -> None:
        """Send until there is an answer, or nobody wants one any more.

        What arrived twice is a duplicate to WaddleBot, by its event_id.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + STALE_S
        failures = 0
        results: list[dict[str, Any]] | None = None
        while results is None:
            try:
                results = await self._router.send(batch)
            except AwayError as trouble:
                failures += 1
                if clock() > until:
                    self._lost += len(batch)
                    return
                await asyncio.sleep(max(trouble.wait_s, backoff_s(failures, most=5)))
            except RefusedError as refusal:
                logger.error("A batch was refused", extra={"error": str(refusal)})  # noqa: TRY400
                return
        for event, result in zip(batch, results, strict=True):
            self._answered(event, result)


class Sender:
    def __init__(self, router: Router, answered: Answered) -> None:
        self._lanes = [Lane(router, answered) for _ in range(LANES)]

    def put(self, event: Event) -> None:
        self._lanes[zlib.crc32(entity_of(event).encode()) % LANES].put(event)

    async def run(self) -> None:
        """Raises GiveUpError when the key is refused."""
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                tasks.create_task(lane.run())

    async def settled(self) -> None:
        """Return when all that was heard is answered."""
        await asyncio.gather(*(lane.settled() for lane in self._lanes))
