"""One connected page, as the hub sees it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from browser_sources.data import CloseCode, Pass

BUFFER: Final = 32
PATIENCE_S: Final = 1.0

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Page:
    """A bounded buffer and the task that empties it. Nobody ever waits for a slow page."""

    def __init__(self, held: Pass, token: bytes, *, send: Send, abort: Callable[[], None]) -> None:
        self.source_id, self.kind = held.source_id, held.type
        self.valid_until: datetime | None = held.valid_until
        self.token = token
        self.id = uuid4().hex
        self.is_closing = False
        self._send, self._abort = send, abort
        self.seq: int | None = None
        self._early: list[tuple[int, str]] = []
        self._buffer: asyncio.Queue[str] = asyncio.Queue(BUFFER)
        self._writer = asyncio.create_task(self._write())
        self._closer: asyncio.Task[None] | None = None

    def begin(self, seq: int, snapshot: str) -> None:
        """Send what stands; then what was told meanwhile and is newer."""
        self.seq = seq
        self.say(snapshot)
        early, self._early = self._early, []
        for told in early:
            self.tell(*told)

    def tell(self, seq: int, message: str) -> bool:
        """Send news, and return whether they are any to this page."""
        if self.seq is None:
            self._early.append((seq, message))
            return False
        if seq <= self.seq:
            return False
        self.seq = seq
        self.say(message)
        return True

    def say(self, message: str) -> None:
        if self.is_closing:
            return
        try:
            self._buffer.put_nowait(message)
        except asyncio.QueueFull:
            self.close(CloseCode.TOO_SLOW)

    def close(self, code: int) -> None:
        """Close at once: what is still in the buffer is not sent."""
        if not self.is_closing:
            self.is_closing = True
            self._writer.cancel()
            self._closer = asyncio.create_task(self._close(code))

    def stop(self) -> None:
        """The socket is gone."""
        self.is_closing = True
        self._writer.cancel()

    async def _write(self) -> None:
        while True:
            message = await self._buffer.get()
            await self._send({"type": "websocket.send", "text": message})

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._send({"type": "websocket.close", "code": code})
        except TimeoutError:
            self._abort()
