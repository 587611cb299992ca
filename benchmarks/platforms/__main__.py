"""`waddlebot bench platforms`: one row for each way between WaddleBot and a platform."""

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks._servers import backing, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import World, make
from benchmarks.platforms import irc, outbound

COLUMNS: Final = ("platforms", "figure", "target", "")
ROWS: Final[dict[str, Callable[[World, float], Sequence[tuple[str, str, str, bool]]]]] = {
    "irc": irc.measure,
    "outbound": outbound.measure,
}
"""Each returns (what, figure, target, whether it is reached)."""


def main() -> int:
    options = _options()
    rows: list[Sequence[str]] = []
    reached = True
    with temporary_folder() as folder, backing(folder) as env:
        os.environ.update(env, LOG_LEVEL="ERROR", **outbound.SETTINGS)
        world = make(env)
        for name, measure in ROWS.items():
            if options.only in {None, name}:
                found = measure(world, options.seconds)
                rows += [(what, figure, aim, verdict(is_so)) for what, figure, aim, is_so in found]
                reached = reached and all(is_so for *_, is_so in found)
    show("platforms", COLUMNS, rows, f"{options.seconds:g} s each")
    return 0 if reached else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks platforms", description=__doc__)
    parser.add_argument("--only", choices=sorted(ROWS), help="only this row")
    parser.add_argument("--seconds", type=float, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
