"""Checks from memory and over HTTP, in a world of ten communities and in one of ten thousand."""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

import msgspec

from benchmarks._load import Order, Sample, load
from benchmarks._machine import memory_mb
from benchmarks._requests import LINE, post, single
from benchmarks._servers import Server, backing, granian, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import UNBOUNDED, World, make
from benchmarks.labels._remembered import PERMITTED, REFUSED, Person, from_memory
from benchmarks.labels._sizes import in_each_world
from benchmarks.labels.world import PERMITS, Place, fill
from waddlebot.cli.up import web_threads

COLUMNS: Final = ("checks", "each µs", "p99 ms", "a second", "beside", "target")
CONNECTIONS: Final = 32
CHECK, EVENTS = "/labels/v1/check", "/router/v1/events"
PEOPLE: Final = 500
WARM_S: Final = 5
"""So many are asked about in turn, all of whom are remembered by then."""


def main() -> int:
    options = _options()
    if not options.communities:
        return in_each_world("checks")
    _measure(options)
    return 0


def _measure(options: argparse.Namespace) -> None:
    with temporary_folder() as folder, backing(folder) as env:
        world, key, people = _furnish(env, options.communities)
        rows = from_memory(people)
        threads = int(web_threads())
        with granian("waddlebot.wsgi:application", env, folder=folder, threads=threads) as server:
            rows += _over_http(server, world, key, people, options)
    note = (
        f"Of {len(people):,} people who hold a label that grants {PERMITTED}. From memory: CPU"
        f" time; over HTTP: the fast path, {CONNECTIONS} connections, medians of {options.rounds}"
        f" rounds of {options.seconds:g} s beside chat lines that went to the same process."
    )
    show(f"checks in {options.communities:,} communities", COLUMNS, rows, note)


def _over_http(
    server: Server, world: World, key: str, people: Sequence[Person], options: argparse.Namespace
) -> list[Sequence[str]]:
    checks = {permission: _checks(key, people, permission) for permission in (PERMITTED, REFUSED)}
    samples: dict[str, list[Sample]] = defaultdict(list)
    for number in range(options.rounds + 1):
        asked = {
            "a check over HTTP": (checks[PERMITTED], 0, b'"allowed":true'),
            "a refusal over HTTP": (checks[REFUSED], 0, b'"allowed":false'),
            # Each round its own, or they would come for the second time.
            "a chat line over HTTP": (single(EVENTS, LINE, world.key), 2, b'"outcome":"ignored"'),
        }
        for name, (requests, slots, expect) in asked.items():
            sample = load(
                Order(
                    port=server.port,
                    requests=requests,
                    slots=slots,
                    expect=expect,
                    connections=CONNECTIONS,
                    seconds=options.seconds if number else WARM_S,
                    pids=server.pids,
                )
            )
            if number:  # In the first one everybody is met.
                samples[name].append(sample)
    lines = median(each.events_s for each in samples["a chat line over HTTP"])
    rows = [_http_row(name, taken, lines) for name, taken in samples.items()]
    return [*rows, ("MB of that process", f"{memory_mb(server.worker):.0f}", "", "", "", "")]


def _http_row(name: str, taken: Sequence[Sample], lines: float) -> Sequence[str]:
    rate = median(each.events_s for each in taken)
    p99 = median(each.p99_ms for each in taken)
    cpu = median(each.cpu_us for each in taken)
    share = rate / lines
    target = f"{verdict(share >= 1)} as fast as a line" if name == "a check over HTTP" else ""
    return name, f"{cpu:.0f} of CPU", f"{p99:.1f}", f"{rate:,.0f}", f"{share:.2f} x a line", target


def _checks(key: str, people: Sequence[Person], permission: str) -> list[bytes]:
    bodies = (
        {"community": place, "user": f"u_{user:022}", "permission": permission}
        for place, user in people
    )
    return [post(CHECK, msgspec.json.encode(body), key, slots=0) for body in bodies]


def _furnish(env: Mapping[str, str], communities: int) -> tuple[World, str, list[Person]]:
    """Fill an empty database; return whose it is, a key for checks, and who holds the label."""
    os.environ.update(env, LOG_LEVEL="ERROR")
    world = make(env)
    import django

    django.setup()
    from django.db import connections

    from identity import api as identity

    connections.close_all()
    places = fill(communities)
    key = identity.create_key(
        user_id=world.user_id,
        name="checks",
        scopes=["labels:read"],
        requests_per_minute=UNBOUNDED,
    )
    return world, key.full, _holders(places)


def _holders(places: Sequence[Place]) -> list[Person]:
    """Return as many as are asked about, from as many communities as there are."""
    from labels.models import UserLabel

    each = -(-PEOPLE // len(places))
    found: list[Person] = []
    for place in places[:PEOPLE]:
        held = UserLabel.objects.filter(label=place.label_ids[PERMITS], ended_at=None)
        found += [(place.community_id, row.user_id) for row in held.order_by("user_id")[:each]]
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks labels --only checks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="each load of each round")
    parser.add_argument("--communities", type=int, help="default: ten, and then ten thousand")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
