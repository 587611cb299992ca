"""The overlay's socket: translates between a page and the hub (contract 6)."""

import asyncio
import logging
from typing import Any, Final

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.db import Error as DatabaseError
from django.utils import timezone

from browser_sources.consumers.hub import encode, hub_here
from browser_sources.consumers.messages import BadMessageError, Ping, read
from browser_sources.consumers.page import Page
from browser_sources.data import CloseCode
from browser_sources.operations import (
    RotatedAwayError,
    TooManyGuessesError,
    admit,
    leave_seat,
    take_seat,
)
from browser_sources.queries import snapshot, token_hash
from waddlebot.lib.errors import NotFoundError, UnavailableError
from waddlebot.lib.in_database import in_database

logger = logging.getLogger(__name__)

PONG: Final = encode({"type": "pong"})


class OverlaySocket(AsyncConsumer):
    # The hub listens for all sockets of the process; none has a channel of its own.
    channel_layer_alias = "none"

    page: Page | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.page is not None:
                hub_here().remove(self.page)
                await asyncio.to_thread(leave_seat, (self.page.token, self.page.id))

    async def dispatch(self, message: Any) -> None:
        # Channels' own goes through a thread for each message, to close old connections.
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, _: Any) -> None:
        # A socket that is not accepted first could not be told why.
        await self.send({"type": "websocket.accept"})
        if code := await self._enter():
            await self.send({"type": "websocket.close", "code": code})

    async def websocket_receive(self, message: Any) -> None:
        if self.page is None or self.page.is_closing:
            return
        try:
            said = read(message.get("text"))
        except BadMessageError:
            self.page.close(CloseCode.BAD_MESSAGE)
            return
        if isinstance(said, Ping):
            self.page.say(PONG)

    async def websocket_disconnect(self, _: Any) -> None:
        raise StopConsumer

    async def _enter(self) -> int | None:
        """Return the code to close with, or None when the page is in."""
        try:
            return await self._admit()
        except RotatedAwayError:
            return CloseCode.ROTATED
        except TooManyGuessesError:
            return CloseCode.TOO_MANY
        except NotFoundError:
            return CloseCode.UNKNOWN
        except (DatabaseError, UnavailableError) as error:
            logger.warning("An overlay was sent away", extra={"error": type(error).__name__})
            return CloseCode.TRY_AGAIN

    async def _admit(self) -> int | None:
        named = self.scope["url_route"]["kwargs"]
        token, kind = named.get("token", ""), named.get("kind", "")
        ip = (self.scope.get("client") or ("unknown",))[0]
        now = timezone.now()
        held = await in_database(admit, token=token, kind=kind, ip=ip, now=now)
        page = Page(held, token_hash(token), send=self.send, abort=self._abort)
        self.page = page
        if not await asyncio.to_thread(take_seat, (page.token, page.id)):
            return CloseCode.TOO_MANY
        # First listen, then look: what happens in between is in the page's buffer.
        hub = hub_here()
        hub.add(page)
        stands = await in_database(snapshot, source_id=held.source_id, now=timezone.now())
        if stands is None:
            return CloseCode.UNKNOWN
        hub.begin(page, seq=stands.seq, message=stands.message)
        hub.scheduler.look_at([page.source_id])
        return None

    def _abort(self) -> None:
        """Hang up on a page that reads nothing: ASGI has no word for it, uvicorn has."""
        transport = getattr(getattr(self.base_send, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()
