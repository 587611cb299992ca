"""How many threads a web process should have: the fast path with each number, in turn."""

import argparse
import sys
from collections import defaultdict
from contextlib import ExitStack
from statistics import median

from benchmarks._load import Order, Sample, load
from benchmarks._machine import memory_mb
from benchmarks._requests import COMMAND, LINE, single
from benchmarks._servers import Server, backing, granian, temporary_folder
from benchmarks._table import show
from benchmarks._world import make

EVENTS = "/router/v1/events"
KINDS = {"chat line": (LINE, b'"ignored"'), "text command": (COMMAND, b'"executed"')}
COLUMNS = ("case", "threads", "conn.", "events/s", "p50 ms", "p99 ms", "CPU µs", "MB")

Key = tuple[str, int, int]
Samples = dict[Key, list[Sample]]


def main() -> None:
    options = _options()
    samples: Samples = defaultdict(list)
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        env = stack.enter_context(backing(folder))
        key = make(env).key
        servers = {
            number: stack.enter_context(
                granian("waddlebot.wsgi:application", env, folder=folder, threads=number)
            )
            for number in options.threads
        }
        _round(servers, key, options, defaultdict(list))  # Nobody's first seconds count.
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
            _round(servers, key, options, samples)
        memory = {number: memory_mb(server.worker) for number, server in servers.items()}
    title = f"threads: fast path, median of {options.rounds} rounds of {options.seconds:g} s"
    show(title, COLUMNS, [_row(key, found, memory) for key, found in sorted(samples.items())])


def _round(
    servers: dict[int, Server], key: str, options: argparse.Namespace, samples: Samples
) -> None:
    for kind, (text, expect) in KINDS.items():
        for connections in options.connections:
            for number, server in servers.items():
                order = Order(
                    port=server.port,
                    requests=single(EVENTS, text, key),
                    slots=2,
                    expect=expect,
                    connections=connections,
                    seconds=options.seconds,
                    pids=server.pids,
                )
                samples[kind, connections, number].append(load(order))


def _row(key: Key, found: list[Sample], memory: dict[int, float]) -> list[str]:
    kind, connections, number = key
    return [
        kind,
        str(number),
        str(connections),
        f"{median(sample.events_s for sample in found):,.0f}",
        f"{median(sample.p50_ms for sample in found):.1f}",
        f"{median(sample.p99_ms for sample in found):.1f}",
        f"{median(sample.cpu_us for sample in found):.0f}",
        f"{memory[number]:.0f}",
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks threads", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="each load of each round")
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4, 8, 20, 128])
    return parser.parse_args()


if __name__ == "__main__":
    main()
