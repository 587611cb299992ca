"""A platform on one side, WaddleBot on the other."""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, Final

from waddlebot.collectors.base import Event, GiveUpError, Hear, Platform, entity_of
from waddlebot.collectors.doing import Doing
from waddlebot.collectors.fetching import Fetcher
from waddlebot.collectors.router import AwayError, RefusedError, Router
from waddlebot.collectors.sending import Sender
from waddlebot.collectors.sharing import Sharing

logger = logging.getLogger(__name__)

FINISH_WITHIN_S: Final = 3.0


class Collector:
    def __init__(self, router: Router, make: Callable[[Hear], Platform], *, most: int) -> None:
        self._router = router
        self._sender = Sender(router, self._answered)
        self.platform = make(self._sender.put)
        self._doing = Doing(self.platform)
        self._fetcher = Fetcher(router, self._doing)
        slug, refusals = self.platform.slug, self.platform.refusals
        self._sharing = Sharing(router, slug, refusals, self._listen, most=most)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until asked to stop, and leave in order. Raises GiveUpError."""
        try:
            async with asyncio.TaskGroup() as tasks:
                parts = (self.platform.run, self._sharing.run, self._sender.run)
                running = [tasks.create_task(part()) for part in parts]
                await stop.wait()
                await self._finish()
                for task in running:
                    task.cancel()
        except BaseExceptionGroup as trouble:
            raise _given_up(trouble) or trouble from None
        finally:
            self._fetcher.listen(())
            with suppress(AwayError, RefusedError, GiveUpError):
                await self._router.release()

    async def _finish(self) -> None:
        """Answer what was heard."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_WITHIN_S):
                await self._sender.settled()
                await self._doing.settled()

    def _listen(self, entities: Collection[str]) -> None:
        self.platform.listen(entities)
        self._fetcher.listen(entities)

    def _answered(self, event: Event, result: dict[str, Any]) -> None:
        if "error" in result:
            code = result["error"].get("code")
            logger.warning("An event was refused", extra={"code": code})
            return
        if not result["actions"]:
            self.platform.unanswered(event)
        for action in result["actions"]:
            if not action.get("handled"):
                self._doing.answer(entity_of(event), action, event)


def _given_up(trouble: BaseExceptionGroup[BaseException]) -> GiveUpError | None:
    for each in trouble.exceptions:
        found = _given_up(each) if isinstance(each, BaseExceptionGroup) else each
        if isinstance(found, GiveUpError):
            return found
    return None
