"""The pages connected to this process, and the one subscription that serves them all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

import msgspec
from channels.layers import get_channel_layer
from django.db import Error as DatabaseError
from redis import RedisError

from browser_sources.consumers.page import Page
from browser_sources.consumers.patrol import Patrol
from browser_sources.consumers.scheduler import Scheduler
from browser_sources.data import OverlayEvent
from browser_sources.operations.announce import group
from waddlebot.lib import metrics

logger = logging.getLogger(__name__)

RESTART_S: Final = 0.5


class Hub:
    """Hands what the channel layer brings to the pages of its source."""

    def __init__(self) -> None:
        self._pages: dict[int, set[Page]] = {}
        self.scheduler = Scheduler(self._pages, self.hear)
        self._patrol = Patrol(self)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def source_ids(self) -> Collection[int]:
        return self._pages.keys()

    def pages(self) -> Iterator[Page]:
        for pages in self._pages.values():
            yield from pages

    def pages_of(self, source_id: int) -> tuple[Page, ...]:
        return tuple(self._pages.get(source_id, ()))

    def add(self, page: Page) -> None:
        if not self._tasks:
            steps = (self._listen, self.scheduler.run, self._patrol.run)
            self._tasks = [asyncio.create_task(_for_ever(step)) for step in steps]
        self._pages.setdefault(page.source_id, set()).add(page)
        metrics.socket_opened(page.kind)

    def begin(self, page: Page, *, seq: int, message: dict[str, Any]) -> None:
        """Give a page its snapshot; from then on it hears the news."""
        page.begin(seq, encode(message))

    def remove(self, page: Page) -> None:
        page.stop()
        pages = self._pages.get(page.source_id, set())
        if page in pages:
            pages.remove(page)
            metrics.socket_closed(page.kind)
        if not pages:
            self._pages.pop(page.source_id, None)
            self.scheduler.forget(page.source_id)

    def tell(self, source_id: int, *, seq: int, message: dict[str, Any]) -> None:
        text = encode(message)
        pages = [page for page in self.pages_of(source_id) if page.tell(seq, text)]
        if pages:
            metrics.overlay_message(pages[0].kind, len(pages))

    def hear(self, event: OverlayEvent) -> None:
        source_id, message = event["source_id"], event["message"]
        if source_id not in self._pages:
            return
        if event["type"] == "overlay.queued":
            self.scheduler.look_at([source_id])
        elif event["type"] == "overlay.told" and message is not None:
            self.tell(source_id, seq=message["seq"], message=dict(message))
            self.scheduler.look_later(source_id, event["wake_at"])
        else:
            self._patrol.look_now()

    def told(self, source_id: int) -> int | None:
        """Return how far the page that knows least has heard."""
        heard = [page.seq for page in self.pages_of(source_id) if page.seq is not None]
        return min(heard, default=None)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _listen(self) -> None:
        layer: Any = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(group(), channel)
        # Whatever happened while nobody listened.
        self._patrol.look_now()
        while True:
            self.hear(cast("OverlayEvent", await layer.receive(channel)))


def encode(message: dict[str, Any]) -> str:
    return msgspec.json.encode(message).decode()


async def _for_ever(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except (DatabaseError, RedisError, OSError) as error:
            # It will be back; the overlays stay up until then.
            logger.warning("Overlays wait", extra={"error": type(error).__name__})
        except Exception:
            # A mistake of ours must not end what viewers see.
            logger.exception("Overlays stumbled")
        await asyncio.sleep(RESTART_S)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub_here() -> Hub:
    """Return the hub of the running event loop: one a process."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
