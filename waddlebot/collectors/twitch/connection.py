"""One connection to an IRC server: it logs in, keeps itself alive, and hands lines on."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from waddlebot.collectors.twitch.options import Options
from waddlebot.collectors.twitch.wire import Line, Splitter, parse

LOG_IN_WITHIN_S: Final = 15.0
SILENCE_S: Final = 60.0
"""After which we ask whether the server is still there, and wait as long for its answer."""
CAPABILITIES: Final = "twitch.tv/tags twitch.tv/commands"
REFUSED: Final = ("login authentication failed", "improperly formatted auth", "login unsuccessful")
PASSWORD_REFUSED: Final = "464"  # noqa: S105 - a number of IRC
NICK_IN_USE: Final = "433"
MOST_NICK: Final = 6
"""Letters that are kept of a name that is in use: some servers take nine in all."""


class LostError(Exception):
    """The connection is over; `at_once` when the server asked us to come back."""

    def __init__(self, *, at_once: bool = False) -> None:
        super().__init__("the connection is over")
        self.at_once = at_once


class TokenRefusedError(Exception):
    """The server does not take the password."""


class Connection(asyncio.Protocol):
    def __init__(self, options: Options, token: str, on_line: Callable[[Line], None]) -> None:
        self._options = options
        self._token = token
        self._on_line = on_line
        self._splitter = Splitter()
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._welcome = asyncio.Event()
        self._heard_at = asyncio.get_running_loop().time()
        self._transport: asyncio.Transport | None = None
        self.nick = options.login
        self.has_tags = False

    async def open(self) -> None:
        """Return when the server has let us in. Raises LostError or TokenRefusedError."""
        loop, options = asyncio.get_running_loop(), self._options
        try:
            async with asyncio.timeout(LOG_IN_WITHIN_S):
                await loop.create_connection(
                    lambda: self, options.host, options.port, ssl=options.tls or None
                )
                self.send(f"CAP REQ :{CAPABILITIES}")
                if self._token:
                    self.send(f"PASS oauth:{self._token}")
                self.send(f"NICK {self.nick}")
                self.send(f"USER {self.nick} 0 * :{self.nick}")
                await self._while_open(self._welcome.wait())
        except (OSError, TimeoutError):
            self.close()
            raise LostError from None

    async def stay(self) -> None:
        """Return never: raises LostError when it is over."""
        clock = asyncio.get_running_loop().time
        while True:
            quiet_s = clock() - self._heard_at
            if quiet_s >= 2 * SILENCE_S:
                self.close()
                raise LostError
            if quiet_s >= SILENCE_S:
                self.send("PING :still there")
            await self._while_open(asyncio.sleep(SILENCE_S / 2))

    async def _while_open(self, something: Coroutine[Any, Any, Any]) -> None:
        """Wait for something, but no longer than the connection lasts."""
        task = asyncio.create_task(something)
        try:
            await asyncio.wait({task, self._over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
        if self._over.done():
            self._over.result()

    def send(self, line: str) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(f"{line}\r\n".encode(errors="replace"))

    def close(self) -> None:
        if self._transport:
            self._transport.close()
        self._end(LostError())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._end(LostError())

    def data_received(self, data: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        for text in self._splitter.feed(data):
            if line := parse(text):
                self._take(line)

    def _take(self, line: Line) -> None:
        match line.command:
            case "PING":
                self.send(f"PONG :{line.param(0)}")
            case "001":
                self.nick = line.param(0) or self.nick
                self._welcome.set()
            case "NICK" if line.nick == self.nick:
                self.nick = line.param(0)
            case "RECONNECT":
                self._end(LostError(at_once=True))
            case command if self._welcome.is_set() and command != "CAP":
                self._on_line(line)
            case _:
                self._log_in(line)

    def _log_in(self, line: Line) -> None:
        """Take what is said before we are let in."""
        said = line.params[-1].lower() if line.params else ""
        match line.command:
            case "CAP" if line.param(1) == "ACK":
                self.has_tags = "twitch.tv/tags" in said
            case "CAP" if line.param(1) == "NAK":
                self.send("CAP END")  # Not Twitch, and not to be waited for.
            case number if number == NICK_IN_USE:
                self.nick = f"{self.nick[:MOST_NICK]}{secrets.randbelow(1000)}"
                self.send(f"NICK {self.nick}")
            case command if command == PASSWORD_REFUSED or said in REFUSED:
                self._end(TokenRefusedError())

    def _end(self, reason: Exception) -> None:
        if not self._over.done():
            self._over.set_exception(reason)
            self._over.exception()  # Whoever waits hears of it; without anybody it is no mistake.
