"""A server of IRC with a crowd in each channel; one line in twenty asks the bot something."""

import asyncio
import threading
from time import monotonic
from typing import Final

from benchmarks._machine import free_port

LINES_A_SECOND: Final = 2000
QUESTION_EVERY: Final = 20
TICK_S: Final = 0.005


class Crowd(asyncio.Protocol):
    """One connection of the bot's."""

    def __init__(self, joined: dict[str, asyncio.Transport], waits: dict[int, float]) -> None:
        self._joined = joined
        self._waits = waits
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            self._take(line.decode())

    def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "NICK":
            self._transport.write(b":crowd 001 bench :hello\r\n")
        elif word == "CAP" and rest.startswith("REQ"):
            self._transport.write(b":crowd CAP * ACK :twitch.tv/tags twitch.tv/commands\r\n")
        elif word == "JOIN":
            self._joined[rest] = self._transport
            self._transport.write(f":bench!b@crowd JOIN {rest}\r\n".encode())
        elif "PRIVMSG" in line:
            number = int(line.rpartition(" ")[2])
            self._waits[number] = monotonic() - self._waits[number]


class Street:
    """The crowd in a thread of its own."""

    def __init__(self) -> None:
        self.joined: dict[str, asyncio.Transport] = {}
        self.waits: dict[int, float] = {}
        self.port = free_port()
        self.said = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        start = self._loop.create_server(
            lambda: Crowd(self.joined, self.waits), "127.0.0.1", self.port
        )
        asyncio.run_coroutine_threadsafe(start, self._loop).result(10)

    def talk(self, seconds: float) -> None:
        asyncio.run_coroutine_threadsafe(self._talk(seconds), self._loop).result(seconds + 60)

    async def _talk(self, seconds: float) -> None:
        channels = list(self.joined.items())
        started = monotonic()
        while (now := monotonic()) < started + seconds:
            while self.said < (now - started) * LINES_A_SECOND:
                self._say(*channels[self.said % len(channels)])
            await asyncio.sleep(TICK_S)

    def _say(self, channel: str, transport: asyncio.Transport) -> None:
        self.said += 1
        text = "what a fine day it is, is it not?"
        if self.said % QUESTION_EVERY == 0:
            self.waits[self.said] = monotonic()
            text = f"!hello {self.said}"
        who = f"user{self.said % 5000}"
        tags = f"@badges=;display-name={who};id=m{self.said};user-id={self.said % 5000}"
        transport.write(f"{tags} :{who}!{who}@{who} PRIVMSG {channel} :{text}\r\n".encode())
