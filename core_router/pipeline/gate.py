"""What Redis decides about an event, in one round trip: seen before, session, limits, points."""

import atexit
import hashlib
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import redis
from django.conf import settings

from core_router.pipeline.fallback import LocalGate
from core_router.pipeline.tickets import Pass, RequestLimit, Ticket
from identity import api as identity
from waddlebot.lib.limits import Verdict
from waddlebot.lib.problems import RateLimitedError
from waddlebot.lib.redis import NotReachedError, call, community_prefix

logger = logging.getLogger(__name__)

DEDUPE_TTL_S: Final = 7200
"""Slack, the most patient platform, repeats a delivery for about an hour."""
REQUEST_WINDOW_S: Final = 60
AVOID_S: Final = 1.0


class Script:
    """A Lua script of this folder, sent whole only to a Redis that does not know it."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / name).read_text()
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def run(self, prefix: str, arguments: Sequence[str]) -> Any:
        try:
            return call("EVALSHA", self.sha, 1, prefix, *arguments)
        except redis.exceptions.NoScriptError:
            return call("EVAL", self.text, 1, prefix, *arguments)


ENTER: Final = Script("gate.lua")
RELEASE: Final = Script("release.lua")


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
        earns = not peek and any(ticket.gain for ticket in tickets)
        answers = self._ask(community_id, _arguments(tickets, request, peek=peek), earns=earns)
        self.local.uncounted.write_when_due()
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
        """Let these events come again, cooldowns included: their work was not done, or not all.

        What they earned is taken back with it. One that leaves a row keeps its execution id.
        """
        returned = self.local.release(community_id, tickets)
        if tickets and time.monotonic() >= self._avoid_until:
            words = [identity.POINTS_HASH, str(DEDUPE_TTL_S)]
            for ticket in tickets:
                gain = "" if ticket.execution_id in returned else ticket.gain
                words += (ticket.dedupe, gain, str(len(ticket.cooldowns)), *ticket.cooldowns)
            try:
                RELEASE.run(community_prefix(community_id), words)
            except redis.RedisError as error:
                logger.warning("Could not release events", extra={"error": type(error).__name__})

    def _ask(self, community_id: int, arguments: list[str], *, earns: bool) -> list[Any]:
        counts = True
        if time.monotonic() >= self._avoid_until:
            try:
                if earns:
                    identity.expect_points(community_id)
                counts = False
                return list(ENTER.run(community_prefix(community_id), arguments))
            except (redis.ConnectionError, redis.TimeoutError) as error:
                # Not every event should wait for the next time-out.
                self._avoid_until = time.monotonic() + AVOID_S
                # Of a call that broke off nobody knows whether Redis has counted it: at most once.
                counts = counts or isinstance(error, NotReachedError)
                logger.warning(
                    "Limits are kept per process", extra={"error": type(error).__name__}
                )
        return self.local.evaluate(community_id, arguments, counts=counts)


gate = Gate()
atexit.register(gate.local.uncounted.write)


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
        identity.POINTS_HASH,
    ]
    for ticket in tickets:
        words += (ticket.dedupe, ticket.value, ticket.otherwise, ticket.gain)
        words += (ticket.session, ticket.new_session_id, str(len(ticket.limits)))
        for limit in ticket.limits:
            words += (limit.kind, limit.name, str(limit.count), str(limit.window_ms))
    return words


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
