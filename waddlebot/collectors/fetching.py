"""What is to be done in a place without an event just now: waited for, done, acknowledged."""

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Collection
from typing import Any, Final

from waddlebot.collectors.base import GiveUpError, backoff_s
from waddlebot.collectors.doing import Doing
from waddlebot.collectors.router import AwayError, RefusedError, Router

logger = logging.getLogger(__name__)

REMEMBERED: Final = 1000
SPREAD_S: Final = 2.0
"""So that hundreds of places do not begin to wait at one moment."""
UNKNOWN_REST_S: Final = 30.0


class Fetcher:
    """A task for each place."""

    def __init__(self, router: Router, doing: Doing) -> None:
        self._router = router
        self._doing = doing
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._done: OrderedDict[int, None] = OrderedDict()

    def listen(self, entities: Collection[str]) -> None:
        for entity in self._tasks.keys() - set(entities):
            self._tasks.pop(entity).cancel()
        for entity in set(entities) - self._tasks.keys():
            self._tasks[entity] = asyncio.create_task(self._follow(entity))

    async def _follow(self, entity: str) -> None:
        await asyncio.sleep(random.uniform(0, SPREAD_S))  # noqa: S311 - no secret
        failures = 0
        while True:
            try:
                await self._fetch(entity)
                failures = 0
            except AwayError as trouble:
                failures += 1
                await asyncio.sleep(max(trouble.wait_s, backoff_s(failures)))
            except (RefusedError, GiveUpError):
                # It is ours no more, or the key is not; the next heartbeat says so too.
                await asyncio.sleep(UNKNOWN_REST_S)

    async def _fetch(self, entity: str) -> None:
        found = await self._router.actions(entity)
        for action in found:
            await self._once(entity, action)
        if found:
            await self._router.acknowledge(entity, [action["id"] for action in found])

    async def _once(self, entity: str, action: dict[str, Any]) -> None:
        """Do it, unless it was done already and only saying so went wrong."""
        if action["id"] in self._done:
            return
        await self._doing.later(entity, action)
        self._done[action["id"]] = None
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
