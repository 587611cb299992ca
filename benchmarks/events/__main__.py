"""`waddlebot bench events`: load every door and every reference in turn, and print one table."""

import argparse
import sys

from benchmarks.events.cases import PRODUCT, REFERENCES, Case
from benchmarks.events.report import Results, print_table
from benchmarks.events.street import Street, open_street
from waddlebot.cli.up import web_threads


def main() -> None:
    options = _options()
    results = Results()
    with open_street(threads=options.threads) as street:
        _warm(street, options)
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
            _round(street, results, options)
        for case in (*REFERENCES, *PRODUCT):
            results.memory_mb[case.server] = street.memory_mb(case)
    facts = (
        f"median of {options.rounds} rounds of {options.seconds:g} s, web processes of "
        f"{options.threads} threads on one core"
    )
    print_table(results, options.connections, facts=facts)


def _warm(street: Street, options: argparse.Namespace) -> None:
    """Meet everybody, fill every memory: the first minute of a process is not its pace."""
    for case in _chosen(options.only):
        for _ in range(2):
            street.measure(case, connections=16, seconds=1)
    for name in ("chat", "command"):
        street.measure_in_process(name, seconds=1)


def _round(street: Street, results: Results, options: argparse.Namespace) -> None:
    for connections in options.connections:
        for case in _chosen(options.only):
            sample = street.measure(case, connections=connections, seconds=options.seconds)
            results.samples.setdefault((case.key, connections), []).append(sample)
    for name in ("chat", "command"):
        rate = street.measure_in_process(name, seconds=options.seconds)
        results.in_process.setdefault(name, []).append(rate)


def _chosen(only: str) -> list[Case]:
    chosen = [case for case in PRODUCT if only in case.key]
    wanted = {case.reference for case in chosen}
    # The first shows what the load generator and the server could do at most.
    return [case for case in REFERENCES if case.key in wanted or not only or not chosen] + chosen


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks events", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="each load of each round")
    parser.add_argument("--connections", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument(
        "--threads", type=int, default=int(web_threads()), help="of each web process"
    )
    parser.add_argument("--only", default="", help="cases whose name or door holds this")
    return parser.parse_args()


if __name__ == "__main__":
    main()
