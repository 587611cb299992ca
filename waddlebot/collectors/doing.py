"""Actions on their way to the platform: in order for each place, one place beside the other."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from waddlebot.collectors.base import Action, CannotError, Event, Platform

logger = logging.getLogger(__name__)

MOST_A_PLACE: Final = 100
STALE_S: Final = 60.0


@dataclass
class Job:
    action: Action
    event: Event | None = None
    until: float | None = None
    """After which nobody wants it any more."""
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Doing:
    """Each place that has something to be done has a task, as long as it has."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._jobs: dict[str, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._cannot: set[str] = set()

    def answer(self, entity: str, action: Action, event: Event) -> None:
        """Do what answers an event, soon or never."""
        until = asyncio.get_running_loop().time() + STALE_S
        if not self._put(entity, Job(action, event, until)):
            logger.warning("Too much is to be done in one place", extra={"entity": entity})

    async def later(self, entity: str, action: Action) -> None:
        """Return when it is done, or cannot be done."""
        job = Job(action)
        if self._put(entity, job):
            await job.done.wait()

    async def settled(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _put(self, entity: str, job: Job) -> bool:
        jobs = self._jobs.setdefault(entity, deque())
        if len(jobs) >= MOST_A_PLACE and job.until:
            return False
        jobs.append(job)
        if len(jobs) == 1:
            task = asyncio.create_task(self._work(entity, jobs))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return True

    async def _work(self, entity: str, jobs: deque[Job]) -> None:
        clock = asyncio.get_running_loop().time
        while jobs:
            job = jobs[0]
            if job.until is None or clock() < job.until:
                await self._do(entity, job)
            job.done.set()
            jobs.popleft()
        del self._jobs[entity]

    async def _do(self, entity: str, job: Job) -> None:
        kind = str(job.action.get("type"))
        try:
            await self._platform.act(entity, job.action, job.event)
        except CannotError as reason:
            if kind not in self._cannot:  # Once each: it is the same for all.
                self._cannot.add(kind)
                told = {"action": kind, "reason": str(reason)}
                logger.warning("This collector cannot do that", extra=told)
        except Exception:
            # One action that goes wrong must not keep the next from being done.
            logger.exception("An action went wrong", extra={"action": kind, "entity": entity})
