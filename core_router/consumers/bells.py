"""The collectors that wait in this process, and who wakes them.

Redis names the entities that have new actions. Since it may be away, or lose a message, the
database is asked now and then for all who wait, in one query.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import Error as DatabaseError
from redis import RedisError
from redis.asyncio import Redis

from core_router.operations.nudge import actions_channel
from core_router.queries.outgoing import with_actions
from waddlebot.lib import metrics
from waddlebot.lib.cache import is_redis_heard
from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.in_database import DatabaseThread
from waddlebot.lib.problems import RateLimitedError
from waddlebot.lib.stopping import when_stopping

logger = logging.getLogger(__name__)

in_polls: Final = DatabaseThread("polls")
"""Beside the overlays' thread, so that neither waits for the other."""
MOST: Final = 10_000
MOST_AN_ENTITY: Final = 5
PATIENCE_S: Final = 1.0
LOOK_EVERY_S: Final = 5.0
LOOK_EVERY_S_WHILE_DEAF: Final = 1.0


class Bell(asyncio.Event):
    """Rings when an entity may have new actions."""

    is_waited_for = False


class Bells:
    """One bell for each collector that waits, or is about to."""

    def __init__(self) -> None:
        self._at: dict[str, set[Bell]] = {}
        self.count = 0
        self.hears = False
        self.are_silent = False
        self._tasks: list[asyncio.Task[None]] = []

    @contextmanager
    def at(self, entity: str) -> Iterator[Bell]:
        """Give a bell that rings from now on. Whoever waits for it asks `wait_for` first."""
        bell = Bell()
        bells = self._at.setdefault(entity, set())
        bells.add(bell)
        try:
            yield bell
        finally:
            if bell.is_waited_for:
                self._note(-1)
            bells.discard(bell)
            if not bells:
                self._at.pop(entity, None)

    def wait_for(self, bell: Bell, entity: str) -> None:
        """Let somebody who may wait do so. Raises when there are too many already."""
        if sum(each.is_waited_for for each in self._at[entity]) >= MOST_AN_ENTITY:
            raise RateLimitedError("Enough collectors wait for this entity.", retry_after_s=1)
        if self.count >= MOST:
            raise UnavailableError("Too many collectors wait here.", retry_after_s=5)
        if not self._tasks:
            self._tasks = [asyncio.create_task(_for_ever(s)) for s in (self._hear, self._look)]
            when_stopping(self.let_go)
        bell.is_waited_for = True
        self._note(1)

    def ring(self, entity: str) -> None:
        for bell in self._at.get(entity, ()):
            bell.set()

    def let_go(self) -> None:
        """Have everybody answered: this process is about to end."""
        self.are_silent = True
        for entity in self._at:
            self.ring(entity)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def _note(self, change: int) -> None:
        self.count += change
        metrics.collectors_waiting(change)

    async def _hear(self) -> None:
        self.hears = False
        async with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as ear:
            await ear.subscribe(actions_channel())
            self.hears = True
            while True:
                message = await ear.get_message(ignore_subscribe_messages=True, timeout=None)
                if message is not None:
                    self.ring(message["data"].decode())

    async def _look(self) -> None:
        is_heard = self.hears and is_redis_heard()
        await asyncio.sleep(LOOK_EVERY_S if is_heard else LOOK_EVERY_S_WHILE_DEAF)
        if self._at:
            for entity in await in_polls(with_actions, [*self._at]):
                self.ring(entity)


async def _for_ever(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except (DatabaseError, RedisError, OSError) as error:
            logger.warning("Collectors wait", extra={"error": type(error).__name__})
            await asyncio.sleep(PATIENCE_S)
        except Exception:
            # A mistake of ours must not leave all the others unwoken.
            logger.exception("Waking collectors stumbled")
            await asyncio.sleep(PATIENCE_S)


_bells: WeakKeyDictionary[asyncio.AbstractEventLoop, Bells] = WeakKeyDictionary()


def bells_here() -> Bells:
    """Return the bells of the running event loop: one set a process."""
    return _bells.setdefault(asyncio.get_running_loop(), Bells())
