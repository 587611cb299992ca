"""Looks twice a second whether what the pages were told is still true.

The channel layer is quick and may lose a message; PostgreSQL is right. So a revoked token is
dead within a second and a missed item is shown also while Redis is away.
"""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from browser_sources.consumers.page import Page
from browser_sources.data import CloseCode
from browser_sources.operations import keep_seats, note_use
from browser_sources.queries import Standing, pending, snapshot, standings
from waddlebot.lib.in_database import in_database

if TYPE_CHECKING:
    from browser_sources.consumers.hub import Hub

EVERY_S: Final = 0.5
RENEW_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Report:
    standings: dict[int, Standing]
    pending: frozenset[int]


def report(*, source_ids: Collection[int]) -> Report:
    return Report(standings(source_ids), pending(source_ids))


class Patrol:
    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._now = asyncio.Event()
        self._behind: dict[int, int] = {}
        self._renewed_at = 0.0

    def look_now(self) -> None:
        self._now.set()

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._now.wait()
            except TimeoutError:
                pass
            self._now.clear()
            if source_ids := list(self._hub.source_ids):
                await self._look(source_ids)

    async def _look(self, source_ids: list[int]) -> None:
        now = timezone.now()
        found = await in_database(report, source_ids=source_ids)
        for source_id in source_ids:
            self._check_tokens(source_id, found.standings.get(source_id), now=now)
        await self._catch_up(found.standings)
        idle = {source for source in found.pending if not self._hub.scheduler.is_waiting(source)}
        if idle:
            self._hub.scheduler.look_at(idle)
        if time.monotonic() - self._renewed_at > RENEW_S:
            self._renewed_at = time.monotonic()
            await in_database(note_use, source_ids=source_ids, now=now)
            seats = [(page.token, page.id) for page in self._hub.pages()]
            await asyncio.to_thread(keep_seats, seats)

    def _check_tokens(self, source_id: int, standing: Standing | None, *, now: datetime) -> None:
        for page in self._hub.pages_of(source_id):
            if standing is None:
                page.close(CloseCode.UNKNOWN)
            elif page.token != standing.token:
                self._give_grace(page, standing, now=now)

    def _give_grace(self, page: Page, standing: Standing, *, now: datetime) -> None:
        until = standing.previous_valid_until if page.token == standing.previous else None
        if until is None or until <= now:
            page.close(CloseCode.ROTATED)

    async def _catch_up(self, found: dict[int, Standing]) -> None:
        """Tell again where the layer lost something: behind now, and half a second ago too."""
        for source_id in [
            source for source, seq in self._behind.items() if self._lacks(source, seq)
        ]:
            if stands := await in_database(snapshot, source_id=source_id, now=timezone.now()):
                self._hub.tell(source_id, seq=stands.seq, message=stands.message)
        self._behind = {
            source: standing.seq
            for source, standing in found.items()
            if self._lacks(source, standing.seq)
        }

    def _lacks(self, source_id: int, seq: int) -> bool:
        told = self._hub.told(source_id)
        return told is not None and told < seq
