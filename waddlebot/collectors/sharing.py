"""Which places are ours: claimed, renewed, left to others."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from waddlebot.collectors.base import Refusals, backoff_s
from waddlebot.collectors.router import AwayError, RefusedError, Router

logger = logging.getLogger(__name__)

CLAIMS_AT_ONCE: Final = 1000
STATUSES_AT_ONCE: Final = 1000
BEATS_A_LEASE: Final = 5
LONGEST_PAUSE_S: Final = 30.0


class Sharing:
    def __init__(
        self,
        router: Router,
        platform: str,
        refusals: Refusals,
        listen: Callable[[Collection[str]], None],
        *,
        most: int,
    ) -> None:
        self._router = router
        self._platform = platform
        self._refusals = refusals
        self._listen = listen
        self._most = most
        self._held: frozenset[str] = frozenset()
        self._told: dict[str, str] = {}
        self._lost_at = 0.0

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                pause_s = await self._round()
                failures = 0
            except (AwayError, RefusedError) as trouble:
                failures += 1
                if failures == 1:
                    logger.warning("WaddleBot is away", extra={"error": str(trouble)})
                self._let_go_of_what_is_lost()
                wait_s = trouble.wait_s if isinstance(trouble, AwayError) else 0
                pause_s = max(wait_s, backoff_s(failures, most=LONGEST_PAUSE_S))
            await asyncio.sleep(pause_s)

    async def _round(self) -> float:
        """Renew, claim and release; return after how many seconds to do so again."""
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        errors = self._refusals.resting()
        statuses = list(self._statuses(errors))[:STATUSES_AT_ONCE]
        kept = await self._router.heartbeat(statuses)
        self._told.update({each["entity"]: each["error"] for each in statuses})
        held = kept.entities
        self._lost_at = asked_at + kept.lease_s
        while room := min(self._most - len(held), CLAIMS_AT_ONCE):
            new = (await self._router.claim(self._platform, room)).entities
            held |= new
            if len(new) < room:
                break
        if unwanted := held & errors.keys():
            await self._router.release(sorted(unwanted)[:CLAIMS_AT_ONCE])
        self._take(held - unwanted)
        return min(kept.lease_s / BEATS_A_LEASE, LONGEST_PAUSE_S)

    def _statuses(self, errors: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Yield what is new of how it stands with our places."""
        self._told = {
            entity: error for entity, error in self._told.items() if entity in self._held
        }
        for entity in self._held:
            error = errors.get(entity, "")
            if self._told.get(entity) != error:
                yield {"entity": entity, "error": error}

    def _let_go_of_what_is_lost(self) -> None:
        """Others may have our places once WaddleBot has not heard of us for so long."""
        if self._held and asyncio.get_running_loop().time() > self._lost_at:
            self._take(frozenset())

    def _take(self, held: frozenset[str]) -> None:
        if held != self._held:
            counts = {"begun": len(held - self._held), "left": len(self._held - held)}
            logger.info("Listening to %s places", len(held), extra=counts)
        self._held = held
        self._listen(held)
