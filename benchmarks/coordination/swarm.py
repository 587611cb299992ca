"""Many collectors, as threads take turns being them, and what each believes it holds."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter

THREADS = 8
AT_ONCE = 100
PLATFORM = "twitch"


@dataclass
class Times:
    """What each call took, in seconds, and all of them together."""

    each: list[float] = field(default_factory=list)
    elapsed_s: float = 0.0

    @property
    def a_second(self) -> float:
        return len(self.each) / self.elapsed_s

    def ms(self, part: float) -> float:
        return sorted(self.each)[int(part * (len(self.each) - 1))] * 1000


class Swarm:
    def __init__(self, collectors: int) -> None:
        self.held: dict[str, set[str]] = {f"collector{n}": set() for n in range(collectors)}
        self.dice = random.Random(7)  # noqa: S311 - no secret

    def claim(self) -> Times:
        return self._all(self._claim)

    def beat(self) -> Times:
        return self._all(self._beat)

    def die(self, count: int) -> None:
        """Let some die, and the others know nothing of it."""
        from core_router.models import Collector
        from core_router.queries.leases import clock

        dead = self.dice.sample(sorted(self.held), count)
        for name in dead:
            del self.held[name]
        long_ago = clock() - timedelta(seconds=1)
        Collector.objects.filter(name__in=dead).update(expires_at=long_ago)

    def verdict(self) -> tuple[int, int]:
        """Return how many channels are held, and how many by two."""
        believed = [name for names in self.held.values() for name in names]
        return len(set(believed)), len(believed) - len(set(believed))

    def _all(self, act: Callable[[str], None]) -> Times:
        names = self.dice.sample(sorted(self.held), len(self.held))
        times = Times()

        def work(mine: Sequence[str]) -> None:
            from django.db import connections

            for name in mine:
                begun = perf_counter()
                act(name)
                times.each.append(perf_counter() - begun)
            connections.close_all()

        started = perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(work, [names[number::THREADS] for number in range(THREADS)]))
        times.elapsed_s = perf_counter() - started
        return times

    def _claim(self, name: str) -> None:
        from core_router.operations.claiming import claim
        from core_router.operations.collectors import Caller
        from core_router.queries.leases import clock

        leases = claim(Caller(name, None), platform=PLATFORM, most=AT_ONCE, now=clock())
        self.held[name].update(lease.entity for lease in leases)

    def _beat(self, name: str) -> None:
        """Say of all channels how they are; a tenth is live, and each time others watch."""
        from core_router.operations.collectors import Caller
        from core_router.operations.leases import Status, heartbeat
        from core_router.queries.leases import clock

        watched = self.dice.randrange(10_000)
        statuses = {
            entity: Status(is_live=True, viewer_count=watched) if number % 10 == 0 else Status()
            for number, entity in enumerate(sorted(self.held[name]))
        }
        leases = heartbeat(Caller(name, None), statuses, now=clock())
        self.held[name] = {lease.entity for lease in leases}
