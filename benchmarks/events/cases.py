"""What is measured, what stands beside it, and what must be reached (performance.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks._requests import BATCH, COMMAND, LINE, batch, single

STATED_AT: Final = 32
"""The connections the targets are stated for."""
MOST_MEMORY_MB: Final = 150

EVENTS: Final = "/router/v1/events"
Maker = Callable[[str, str, str], list[bytes]]


@dataclass(frozen=True, slots=True)
class Case:
    """Something to send to one server. `reference` and `in_process` name what it is held to."""

    name: str
    server: str
    path: str
    text: str
    outcome: str
    make: Maker = single
    reference: str = ""
    in_process: str = ""
    least_events_s: float = 0
    least_share: float = 0
    most_p99_ms: float = 0

    @property
    def key(self) -> str:
        return f"{self.name}, {self.server}"

    @property
    def events(self) -> int:
        return BATCH if self.make is batch else 1

    @property
    def slots(self) -> int:
        return 2 * self.events

    @property
    def expect(self) -> bytes:
        return f'"outcome":"{self.outcome}"'.encode()


def _reference(name: str, server: str, path: str) -> Case:
    return Case(name, server, path, LINE, "reference")


REFERENCES: Final = (
    _reference("no I/O", "bare WSGI", "/none"),
    _reference("+ Redis Lua", "bare WSGI", "/redis"),
    _reference("+ Redis Lua + INSERT", "bare WSGI", "/insert"),
    _reference("+ Redis Lua", "bare DRF", "/redis"),
    _reference("+ Redis Lua + INSERT", "bare DRF", "/insert"),
)


def _chat(server: str, reference: str, least: float, share: float, p99_ms: float) -> Case:
    return Case(
        "chat line", server, EVENTS, LINE, "ignored", single, reference, "", least, share, p99_ms
    )


def _command(server: str, reference: str, least: float, share: float) -> Case:
    return Case(
        "text command", server, EVENTS, COMMAND, "executed", single, reference, "", least, share
    )


def _batch(server: str, text: str, in_process: str, least: float) -> Case:
    name = f"{BATCH} {in_process} lines"
    outcome = "ignored" if text is LINE else "executed"
    return Case(name, server, f"{EVENTS}/batch", text, outcome, batch, "", in_process, least, 0.6)


PRODUCT: Final[Sequence[Case]] = (
    _chat("fast path", "+ Redis Lua, bare WSGI", 5000, 0, 15),
    _chat("Django", "+ Redis Lua, bare DRF", 1600, 0.8, 40),
    _command("fast path", "+ Redis Lua + INSERT, bare WSGI", 1500, 0),
    _command("Django", "+ Redis Lua + INSERT, bare DRF", 900, 0.8),
    _batch("fast path", LINE, "chat", 12_000),
    _batch("Django", LINE, "chat", 12_000),
    _batch("fast path", COMMAND, "command", 5000),
    _batch("Django", COMMAND, "command", 5000),
)
