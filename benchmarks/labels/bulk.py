"""A thousand labels in a request: given, given again and taken, beside COPY and one INSERT."""

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from benchmarks._servers import backing, granian, temporary_folder
from benchmarks._table import show, verdict
from benchmarks.labels._crowd import AT_ONCE, LABELS, LISTS, PEOPLE, gather
from benchmarks.labels._givers import BARE, GIVE, TAKE, Order, Place, Sample, givers
from waddlebot.cli.up import web_threads

COLUMNS: Final = ("labels", "a second", "a list, ms", "bare a second", "bare is", "target")
MOST_BESIDE_BARE: Final = 1.5
LEAST: Final = {1: 20_000, 4: 40_000}
ALL: Final = LISTS * LABELS
WARM: Final = 10 * LISTS
"""The lists that may be used before it counts."""
Ask = Callable[[Order], Sample]


class Rounds:
    """Takes turns, ours and bare, on lists that nobody was given before."""

    def __init__(self, ask: Ask, seconds: float) -> None:
        self.ask, self.seconds, self.next = ask, seconds, 0
        self.samples: dict[tuple[str, int], list[Sample]] = defaultdict(list)

    def take_turns(self) -> None:
        for clients in LEAST:
            first, bare = self.next, self._measure("given", GIVE, clients, '"created":1000')
            given = range(first, bare)
            self.next = self._measure("bare", BARE, clients, "1000", range(bare, ALL))
            self._measure("given again", GIVE, clients, '"unchanged":1000', given)
            self._measure("taken", TAKE, clients, '"removed":1000', given)

    def _measure(
        self, name: str, way: str, clients: int, expect: str, lists: range | None = None
    ) -> int:
        """Return the first list that was left."""
        lists = lists or range(self.next, ALL)
        sample = self.ask(
            Order(way, clients, self.seconds, expect, first=lists.start, last=lists.stop)
        )
        self.samples[name, clients].append(sample)
        return sample.next

    def rate(self, name: str, clients: int) -> float:
        return median(each.labels_s for each in self.samples[name, clients])

    def row(self, name: str, clients: int) -> Sequence[str]:
        rate, bare = self.rate(name, clients), self.rate("bare", clients)
        times = median(each.p50_ms for each in self.samples[name, clients])
        target = ""
        if name == "given":
            least = LEAST[clients]
            reached = rate >= least and bare <= MOST_BESIDE_BARE * rate
            target = f"{verdict(reached)} ≥ {least:,}, bare ≤ {MOST_BESIDE_BARE} x"
        who = "1 client" if clients == 1 else f"{clients} clients"
        beside = f"{bare / rate:.2f} x as fast"
        return f"{name}, {who}", f"{rate:,.0f}", f"{times:.1f}", f"{bare:,.0f}", beside, target


def main() -> None:
    options = _options()
    with temporary_folder() as folder, backing(folder) as env:
        crowd = gather(env)
        threads = int(web_threads())
        with granian("waddlebot.wsgi:application", env, folder=folder, threads=threads) as server:
            place = Place(crowd, server.port, env["DATABASE_URL"])
            with givers(place) as ask:
                Rounds(ask, seconds=1).take_turns()
                rounds = Rounds(ask, options.seconds)
                rounds.next = WARM
                for _ in range(options.rounds):
                    rounds.take_turns()
    rows = [
        rounds.row(name, clients)
        for clients in LEAST
        for name in ("given", "given again", "taken")
    ]
    note = (
        f"{AT_ONCE:,} a request, one community of {PEOPLE:,}; medians of {options.rounds} rounds"
        f" of {options.seconds:g} s. Bare: COPY and one INSERT into the same table, no HTTP."
    )
    show("labels, in bulk", COLUMNS, rows, note)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks labels --only bulk", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="each load of each round")
    return parser.parse_args()


if __name__ == "__main__":
    main()
