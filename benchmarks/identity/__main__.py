"""`waddlebot bench identity`: who is behind an account, many new people, and their points."""

import argparse
import os
from collections.abc import Sequence

from benchmarks._servers import backing, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import make

COLUMNS = ("identity", "each µs", "a second", "beside", "target")
MEMORY_MOST_US = 5


def main() -> None:
    options = _options()
    with temporary_folder() as folder, backing(folder) as env:
        os.environ.update(env, LOG_LEVEL="ERROR")
        world = make(env)
        import django

        django.setup()
        from benchmarks.identity import crowds, lookups, redeems

        remembered = lookups.from_memory_us(world)
        rows: list[Sequence[str]] = [
            _row("resolve, from memory (CPU)", remembered, "", _within(remembered)),
            _row("resolve, from PostgreSQL: one query", *lookups.from_postgresql(options.rounds)),
            (),
            *(_row(*each) for each in crowds.measure(world, options.people, options.rounds)),
            (),
            *(_row(*each) for each in redeems.measure(options.rounds)),
        ]
    note = f"{options.people:,} people at once; medians of {options.rounds} rounds, no HTTP."
    show("identity", COLUMNS, rows, note)


def _row(name: str, each_us: float, beside: str, target: str = "") -> Sequence[str]:
    return name, f"{each_us:,.1f}", f"{1e6 / each_us:,.0f}", beside, target


def _within(spent_us: float) -> str:
    return f"{verdict(spent_us <= MEMORY_MOST_US)} ≤ {MEMORY_MOST_US} µs"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks identity", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--people", type=int, default=10_000, help="met in each round")
    return parser.parse_args()


if __name__ == "__main__":
    main()
