"""Some channels and the connection they are in, which comes back when it is lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from waddlebot.collectors.base import backoff_s
from waddlebot.collectors.pace import Pace
from waddlebot.collectors.twitch.channels import (
    ANSWERED_WITHIN_S,
    REFUSING_NOTICES,
    REFUSING_NUMBERS,
    TRIES,
    Channel,
)
from waddlebot.collectors.twitch.connection import Connection, LostError, TokenRefusedError
from waddlebot.collectors.twitch.options import Options
from waddlebot.collectors.twitch.wire import Line

logger = logging.getLogger(__name__)

STEADY_AFTER_S: Final = 60.0

Tokens = Callable[[str], Awaitable[str]]
"""Given the token that was refused, or "" at first, it returns one. Raises GiveUpError."""


class Session:
    def __init__(
        self,
        options: Options,
        tokens: Tokens,
        joins: Pace,
        heard: Callable[[Line], None],
        refused: Callable[[str, str], None],
        let_in: Callable[[str], None],
    ) -> None:
        self._options = options
        self._tokens = tokens
        self._joins = joins
        self._heard = heard
        self._refused = refused
        self._let_in = let_in
        self._connection: Connection | None = None
        self._changed = asyncio.Event()
        self.channels: dict[str, Channel] = {}

    @property
    def has_tags(self) -> bool:
        return bool(self._connection and self._connection.has_tags)

    def join(self, channel: str) -> None:
        self.channels.setdefault(channel, Channel())
        self._changed.set()

    def part(self, channels: Collection[str]) -> None:
        for channel in channels:
            if self.channels.pop(channel).joined.is_set():
                self.send(f"PART #{channel}")

    def send(self, line: str) -> None:
        if self._connection:
            self._connection.send(line)

    async def run(self) -> None:
        """Stay connected. Raises GiveUpError."""
        clock = asyncio.get_running_loop().time
        token, refused, failures = "", "", 0
        while True:
            begun_at = clock()
            try:
                token = await self._tokens(refused)
                await self._connected(token)
            except TokenRefusedError:
                refused = token
            except (LostError, ConnectionError) as loss:
                if isinstance(loss, LostError) and loss.at_once:
                    begun_at = -STEADY_AFTER_S
            failures = 0 if clock() - begun_at > STEADY_AFTER_S else failures + 1
            logger.warning("The connection is lost", extra={"failures": failures})
            await asyncio.sleep(backoff_s(failures))

    async def _connected(self, token: str) -> None:
        for channel in self.channels.values():
            channel.leave()
        self._connection = connection = Connection(self._options, token, self._take)
        try:
            await connection.open()
            logger.info("Connected", extra={"channels": len(self.channels)})
            joining = asyncio.create_task(self._keep_joining())
            try:
                await connection.stay()
            finally:
                joining.cancel()
        finally:
            connection.close()

    async def _keep_joining(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            self._changed.clear()
            for name, channel in list(self.channels.items()):
                if channel.joined.is_set() or clock() - channel.asked_at < ANSWERED_WITHIN_S:
                    continue
                if channel.tries >= TRIES:
                    self._leave(name, "the server does not answer when the bot wants to come in")
                    continue
                await self._joins.turn()
                channel.asked_at, channel.tries = clock(), channel.tries + 1
                self.send(f"JOIN #{name}")
            try:
                async with asyncio.timeout(ANSWERED_WITHIN_S / 3):
                    await self._changed.wait()
            except TimeoutError:
                continue  # Somebody may not have answered.

    def _take(self, line: Line) -> None:
        try:
            self._look_at(line)
            self._heard(line)
        except Exception:
            # One line that we stumble over must not cost us the next.
            logger.exception("A line went wrong", extra={"command": line.command})

    def _look_at(self, line: Line) -> None:
        """See what a line tells of ourselves."""
        name = line.channel
        us = self._connection.nick.lower() if self._connection else ""
        is_us = line.nick.lower() == us
        match line.command:
            case "JOIN" if is_us:
                self._joined(name)
            case "USERSTATE" | "ROOMSTATE":
                self._joined(name)
                self._note_powers(name, line)
            case "PART" if is_us and name in self.channels:
                self.channels[name].leave()
            case "KICK" if line.param(1).lower() == us:
                self._leave(name, "the bot was kicked out")
            case "NOTICE" if error := REFUSING_NOTICES.get(line.tags.get("msg-id", "")):
                self._leave(name, error)
            case number if error := REFUSING_NUMBERS.get(number):
                self._leave(line.param(1).removeprefix("#").lower(), error)

    def _joined(self, name: str) -> None:
        channel = self.channels.get(name)
        if channel and not channel.joined.is_set():
            channel.joined.set()
            self._let_in(name)

    def _note_powers(self, name: str, line: Line) -> None:
        if (channel := self.channels.get(name)) and line.command == "USERSTATE":
            badges = line.tags.get("badges", "")
            channel.is_moderator = line.tags.get("mod") == "1" or "broadcaster/" in badges

    def _leave(self, name: str, error: str) -> None:
        if name in self.channels:
            self.part([name])
            self._refused(name, error)
