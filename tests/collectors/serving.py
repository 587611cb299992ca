"""An aiohttp server in a thread of its own, for platforms that are not here."""

import asyncio
import threading
from collections.abc import Coroutine
from queue import Queue
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.runtime.running import PATIENCE_S

T = TypeVar("T")


class PlatformServer:
    """Subclasses add routes; what the collector did is in `done`, in its order."""

    def __init__(self) -> None:
        self.done: Queue[tuple[str, Any]] = Queue()
        self.sockets: list[web.WebSocketResponse] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError  # Every subclass has its own.

    def __enter__(self) -> Self:
        self._thread.start()
        self.call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.call(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def says(self, message: dict[str, Any]) -> None:
        """Tell it all who listen."""
        for socket in self.sockets:
            if not socket.closed:
                self.call(socket.send_json(message))

    def cuts(self, code: int = 1006) -> None:
        for socket in self.sockets:
            self.call(socket.close(code=code))

    def next(self, kind: str) -> Any:
        """Return what was done of this kind next."""
        while True:
            done, value = self.done.get(timeout=PATIENCE_S)
            if done == kind:
                return value

    async def _start(self) -> None:
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
