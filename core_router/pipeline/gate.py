"""What Redis decides about an event, in one round trip: seen before, session, limits."""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import redis
from django.conf import settings

from core_router.pipeline.fallback import LocalGate
from waddlebot.lib.limits import Verdict
from waddlebot.lib.problems import RateLimitedError
from waddlebot.lib.redis import call

logger = logging.getLogger(__name__)

SCRIPT: Final = (Path(__file__).parent / "gate.lua").read_text()
SHA: Final = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
DEDUPE_TTL_S: Final = 7200
"""Slack, the most patient platform, repeats a delivery for about an hour."""
REQUEST_WINDOW_S: Final = 60
AVOID_S: Final = 1.0

PASSED, DUPLICATE, LIMITED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit an event would take: a cooldown (`c`) or a rate (`r`), under this name."""

    kind: str
    name: str
    count: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one event asks of the gate. `expects_row`: its execution leaves one to look for."""

    dedupe: str
    execution_id: str
    session: str
    new_session_id: str
    limits: Sequence[LimitUse] = ()
    row: str = "-"

    @property
    def value(self) -> str:
        return self.row + self.execution_id


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """The counter of the credential behind the request."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Pass:
    """What the gate says of one event: `text` is a session id, or the value stored before."""

    code: int
    text: str
    retry_after_s: float
    limit: int


class Gate:
    def __init__(self) -> None:
        self._avoid_until = 0.0
        self.local = LocalGate()

    def enter(
        self,
        community_id: int,
        tickets: Sequence[Ticket],
        *,
        request: RequestLimit | None = None,
        peek: bool = False,
    ) -> tuple[Verdict | None, list[Pass]]:
        """Ask for all `tickets` at once. `peek` changes nothing.

        Raises `RateLimitedError` when the credential has used up its requests.
        """
        prefix = f"wb:{{c{community_id}}}:"
        answers = self._ask(prefix, _arguments(tickets, request, peek=peek))
        allowed, remaining, reset_ms = answers[0]
        if request is None:
            rate = None
        elif not allowed:
            said = f"This credential may make {request.count} requests a minute."
            raise RateLimitedError(said, retry_after_s=reset_ms / 1000)
        else:
            rate = Verdict(allowed=True, remaining=remaining, reset_s=reset_ms / 1000)
        return rate, [
            Pass(code, _text(text), retry / 1000, n) for code, text, retry, n in answers[1:]
        ]

    def release(self, community_id: int, tickets: Sequence[Ticket]) -> None:
        """Let these events come again, cooldowns included: their work was not done."""
        prefix = f"wb:{{c{community_id}}}:"
        names = [
            prefix + name
            for ticket in tickets
            for name in (ticket.dedupe, *(use.name for use in ticket.limits if use.kind == "c"))
            if name
        ]
        self.local.release(names)
        if names and time.monotonic() >= self._avoid_until:
            try:
                call("DEL", *names)
            except redis.RedisError as error:
                logger.warning("Could not release events", extra={"error": type(error).__name__})

    def _ask(self, prefix: str, arguments: list[str]) -> list[Any]:
        if time.monotonic() >= self._avoid_until:
            try:
                return _evaluate(prefix, arguments)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                # Not every event should wait for the next time-out.
                self._avoid_until = time.monotonic() + AVOID_S
                logger.warning(
                    "Limits are kept per process", extra={"error": type(error).__name__}
                )
        return self.local.evaluate(prefix, arguments)


gate = Gate()


def _evaluate(prefix: str, arguments: list[str]) -> list[Any]:
    try:
        answer = call("EVALSHA", SHA, 1, prefix, *arguments)
    except redis.exceptions.NoScriptError:
        answer = call("EVAL", SCRIPT, 1, prefix, *arguments)
    return list(answer)


def _arguments(
    tickets: Sequence[Ticket], request: RequestLimit | None, *, peek: bool
) -> list[str]:
    words = [
        "1" if peek else "0",
        str(settings.SESSION_TTL),
        str(DEDUPE_TTL_S),
        request.name if request else "",
        str(request.count) if request else "0",
        str(REQUEST_WINDOW_S * 1000),
    ]
    for ticket in tickets:
        words += (ticket.dedupe, ticket.value, ticket.session, ticket.new_session_id)
        words.append(str(len(ticket.limits)))
        for limit in ticket.limits:
            words += (limit.kind, limit.name, str(limit.count), str(limit.window_ms))
    return words


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
