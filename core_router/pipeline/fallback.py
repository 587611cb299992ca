"""The gate of one process, for as long as Redis is away: the same rules over a smaller memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final

from core_router.pipeline.tickets import Ticket
from core_router.pipeline.uncounted import Uncounted
from waddlebot.lib.redis import community_prefix

REMEMBERED: Final = 50_000
IN_WORK_S: Final = 60
"""As long as an event may be in work, and so may be released."""

Answer = tuple[int, int, int] | tuple[int, str, int, int]


class LocalGate:
    """Understands the arguments of gate.lua and answers as it does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self.uncounted = Uncounted()

    def evaluate(
        self, community_id: int, arguments: Sequence[str], *, counts: bool
    ) -> list[Answer]:
        """Answer; with `counts`, keep what is earned until PostgreSQL has it."""
        prefix = community_prefix(community_id)
        earned: list[tuple[str, str]] = []
        with self._lock:
            answers = list(self._answers(prefix, iter(arguments), earned))
            for execution_id, gain in earned if counts else ():
                self._set(f"{prefix}g:{execution_id}", gain, IN_WORK_S)
                self.uncounted.add(community_id, gain, 1)
        return answers

    def release(self, community_id: int, tickets: Sequence[Ticket]) -> set[str]:
        """Do as release.lua; return the execution ids of those whose points were kept here."""
        prefix = community_prefix(community_id)
        returned = set()
        with self._lock:
            for ticket in tickets:
                self._let_go(prefix + ticket.dedupe)
                for name in ticket.cooldowns:
                    self._values.pop(prefix + name, None)
                if self._values.pop(f"{prefix}g:{ticket.execution_id}", None):
                    self.uncounted.add(community_id, ticket.gain, -1)
                    returned.add(ticket.execution_id)
        return returned

    def _let_go(self, name: str) -> None:
        value, until = self._values.pop(name, ("-", 0.0))
        if not value.startswith("-"):
            self._values[name] = value[0].upper() + value[1:], until

    def _answers(
        self, prefix: str, words: Iterator[str], earned: list[tuple[str, str]]
    ) -> Iterator[Answer]:
        peek = next(words) == "1"
        session_ttl, dedupe_ttl = int(next(words)), int(next(words))
        counter, count, window_ms = next(words), int(next(words)), int(next(words))
        next(words)  # The hash of points is Redis' own.
        if counter:
            used, retry_ms = self._used(counter, count, window_ms)
            if retry_ms:
                yield 0, 0, retry_ms
                return
            self._take(counter, window_ms)
            yield 1, max(count - used - 1, 0), window_ms
        else:
            yield 1, -1, 0
        for dedupe in words:
            value, otherwise, gain = next(words), next(words), next(words)
            session_name, session = prefix + next(words), next(words)
            limits = [
                (next(words), prefix + next(words), int(next(words)), int(next(words)))
                for _ in range(int(next(words)))
            ]
            before = self._get(prefix + dedupe) if dedupe else None
            if before and before[1:] != value[1:]:
                yield 1, before, 0, 0
                continue
            session = self._get(session_name) or session
            # Work taken up again took its limits when it was begun.
            asked = [] if before and before[0] == value[0] else limits
            retry_ms, number = self._worst(asked)
            if not peek:
                if gain and (not before or before[0].isupper()):
                    earned.append((value[1:], gain))
                self._set(session_name, session, session_ttl)
                kept = otherwise + value[1:] if retry_ms else value
                self._remember(prefix, dedupe, kept, dedupe_ttl)
                self._take_all([] if retry_ms else asked)
            yield 2 if retry_ms else 0, session, retry_ms, number

    def _remember(self, prefix: str, dedupe: str, value: str, ttl_s: int) -> None:
        if dedupe:
            self._set(prefix + dedupe, value, ttl_s)

    def _take_all(self, limits: Sequence[tuple[str, str, int, int]]) -> None:
        for _, name, _, window_ms in limits:
            self._take(name, window_ms)

    def _worst(self, limits: Sequence[tuple[str, str, int, int]]) -> tuple[int, int]:
        waits = [self._used(name, count, window)[1] for _, name, count, window in limits]
        worst = max(waits, default=0)
        return worst, waits.index(worst) + 1 if worst else 0

    def _used(self, name: str, count: int, window_ms: int) -> tuple[int, int]:
        """Return the uses in this window, and the ms until another is allowed."""
        times = [float(moment) for moment in (self._get(name) or "").split()]
        now = time.monotonic()
        recent = [moment for moment in times if moment > now - window_ms / 1000]
        if len(recent) < count:
            return len(recent), 0
        return len(recent), int((recent[-count] - now) * 1000 + window_ms) + 1

    def _take(self, name: str, window_ms: int) -> None:
        times = (self._get(name) or "").split()
        now = time.monotonic()
        recent = [moment for moment in times if float(moment) > now - window_ms / 1000]
        self._set(name, " ".join([*recent, repr(now)]), window_ms / 1000)

    def _get(self, name: str) -> str | None:
        value, until = self._values.get(name, ("", 0.0))
        return value if time.monotonic() < until else None

    def _set(self, name: str, value: str, ttl_s: float) -> None:
        self._values[name] = (value, time.monotonic() + ttl_s)
        self._values.move_to_end(name)
        if len(self._values) > REMEMBERED:
            self._values.popitem(last=False)
