"""Checks from memory and over HTTP, in a world of ten communities and in one of ten thousand."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import Final

import msgspec

from benchmarks._clock import cpu_ns
from benchmarks._load import Order, Sample, load
from benchmarks._machine import memory_mb
from benchmarks._requests import LINE, post, single
from benchmarks._servers import Server, backing, granian, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import UNBOUNDED, World, make
from benchmarks.labels.world import PERMITS, Place, fill
from waddlebot.cli.up import web_threads

COLUMNS: Final = ("checks", "each µs", "p99 ms", "a second", "beside", "target")
COMMUNITIES: Final = (10, 10_000)
MOST_US: Final = 10
CONNECTIONS: Final = 32
PERMITTED, REFUSED = f"commands:c{PERMITS}", "queue:skip"
CHECK, EVENTS = "/labels/v1/check", "/router/v1/events"
PEOPLE: Final = 2000
"""So many are asked about in turn, all of whom are remembered by then."""
COLD: Final = 300

Person = tuple[int, int]
"""A community, and somebody in it."""


def main() -> int:
    options = _options()
    if options.communities:
        _measure(options)
        return 0
    for communities in COMMUNITIES:
        # Django knows one database in its life, and each world has one of its own.
        command = [sys.executable, "-m", "benchmarks.labels.checks", *sys.argv[1:]]
        done = subprocess.run([*command, f"--communities={communities}"], check=False)  # noqa: S603
        if done.returncode:
            return done.returncode
    return 0


def _measure(options: argparse.Namespace) -> None:
    with temporary_folder() as folder, backing(folder) as env:
        world, key, people = _furnish(env, options.communities)
        rows = _from_memory(people)
        threads = int(web_threads())
        with granian("waddlebot.wsgi:application", env, folder=folder, threads=threads) as server:
            rows += _over_http(server, world, key, people, options)
    note = (
        f"Of {len(people):,} people who hold a label that grants {PERMITTED}. From memory: CPU"
        f" time; over HTTP: the fast path, {CONNECTIONS} connections, medians of {options.rounds}"
        f" rounds of {options.seconds:g} s beside chat lines that went to the same process."
    )
    show(f"checks in {options.communities:,} communities", COLUMNS, rows, note)


def _from_memory(people: Sequence[Person]) -> list[Sequence[str]]:
    from django.utils import timezone

    from labels import api as labels
    from labels.data import Question
    from waddlebot.lib.cache import forget_everything

    now, question = timezone.now(), Question("!c", permission=PERMITTED)
    turns = cycle(people)

    def check(permission: str) -> bool:
        place, user = next(turns)
        return labels.check(
            community_id=place, user_id=user, permission=permission, now=now
        ).allowed

    def open_command() -> bool:
        place, user = next(turns)
        return labels.bearer(community_id=place, user_id=user, now=now).may(question)

    def names() -> frozenset[str]:
        place, user = next(turns)
        return labels.names_of(community_id=place, user_id=user, now=now)

    cold = median(_cold_us(partial(check, PERMITTED), forget_everything) for _ in range(5))
    if not all(check(PERMITTED) for _ in people) or any(check(REFUSED) for _ in people):
        raise RuntimeError("The world is not as it should be.")
    return [
        _row("allowed by a label, with the way to it", cpu_ns(partial(check, PERMITTED))),
        _row("refused, with what would allow it", cpu_ns(partial(check, REFUSED))),
        _row("as the router asks for each command", cpu_ns(open_command)),
        _row("the names of all labels that count", cpu_ns(names)),
        (
            "the first of somebody, from PostgreSQL",
            f"{cold:,.0f}",
            "",
            f"{1e6 / cold:,.0f}",
            "",
            "",
        ),
    ]


def _cold_us(check: Callable[[], object], forget: Callable[[], None]) -> float:
    spent = 0.0
    for _ in range(COLD):
        forget()
        started = perf_counter()
        check()
        spent += perf_counter() - started
    return spent / COLD * 1e6


def _row(name: str, spent_ns: float) -> Sequence[str]:
    each = spent_ns / 1000
    target = f"{verdict(each <= MOST_US)} ≤ {MOST_US} µs"
    return name, f"{each:.1f}", "", f"{1e6 / each:,.0f}", "", target


def _over_http(
    server: Server, world: World, key: str, people: Sequence[Person], options: argparse.Namespace
) -> list[Sequence[str]]:
    asked = {
        "a check over HTTP": (_checks(key, people, PERMITTED), b'"allowed":true'),
        "a refusal over HTTP": (_checks(key, people, REFUSED), b'"allowed":false'),
        "a chat line over HTTP": (single(EVENTS, LINE, world.key), b'"outcome":"ignored"'),
    }
    samples: dict[str, list[Sample]] = {name: [] for name in asked}
    for number in range(options.rounds + 1):
        for name, (requests, expect) in asked.items():
            sample = load(
                Order(
                    port=server.port,
                    requests=requests,
                    slots=0 if b"check" in requests[0] else 2,
                    expect=expect,
                    connections=CONNECTIONS,
                    seconds=options.seconds,
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
