"""Searches over a million assignments, spread over ten communities and over ten thousand."""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks._load import Order, Sample, load
from benchmarks._servers import backing, granian, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import UNBOUNDED, make
from benchmarks.labels._questions import CASES, Dice, questions
from benchmarks.labels._sizes import in_each_world
from benchmarks.labels.world import ASSIGNMENTS, Place, fill
from waddlebot.cli.up import web_threads

COLUMNS: Final = ("searches", "p50 ms", "p99 ms", "a second", "target")
MOST_MS: Final = 20
MIXED: Final = "all of these, mixed"
AGAIN: Final = "the same again"
BARE: Final = """
SELECT one.user_id FROM user_labels AS one JOIN user_labels AS two ON two.user_id = one.user_id
WHERE one.label_id = %s AND two.label_id = %s AND one.ended_at IS NULL AND two.ended_at IS NULL
ORDER BY one.user_id LIMIT 50
"""


def main() -> int:
    options = _options()
    if not options.communities:
        return in_each_world("searches")
    _measure(options)
    return 0


def _measure(options: argparse.Namespace) -> None:
    with temporary_folder() as folder, backing(folder) as env:
        key, places = _furnish(env, options.communities)
        threads = int(web_threads())
        with granian("waddlebot.wsgi:application", env, folder=folder, threads=threads) as server:
            rows = list(_rows(_Asker(server.port, key, options.seconds), places, options.rounds))
        bare = _bare_ms(places)
    note = (
        f"{ASSIGNMENTS:,} assignments, medians of {options.rounds} rounds of"
        f" {options.seconds:g} s, one question at a time, none of them asked before but in the"
        f" last row. One statement for two labels, without HTTP: {bare:.1f} ms at p50."
    )
    show(f"searches in {options.communities:,} communities", COLUMNS, rows, note)


class _Asker:
    """Asks over HTTP, one question after the other."""

    def __init__(self, port: int, key: str, seconds: float) -> None:
        self.port, self.key, self.seconds = port, key, seconds

    def sample(self, questions: Sequence[str]) -> Sample:
        return load(
            Order(
                port=self.port,
                requests=[self._request(each) for each in questions],
                slots=0,
                expect=b'"unknown_labels":[]',
                connections=1,
                seconds=self.seconds,
            )
        )

    def _request(self, question: str) -> bytes:
        head = f"GET /labels/v1/search?{question} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        return f"{head}authorization: Bearer {self.key}\r\n\r\n".encode()


def _rows(asker: _Asker, places: Sequence[Place], rounds: int) -> Iterator[Sequence[str]]:
    dice = Dice(1)
    mixed = list(CASES.values())
    cases = {name: [ask] for name, ask in CASES.items()} | {MIXED: mixed}
    for name, asks in cases.items():
        taken = [asker.sample(questions(places, asks, dice)) for _ in range(rounds)]
        yield _row(name, taken, target=MOST_MS)
    same = questions(places, mixed, dice)[:50]
    yield _row(AGAIN, [asker.sample(same) for _ in range(rounds)], target=0)


def _row(name: str, taken: Sequence[Sample], *, target: int) -> Sequence[str]:
    p50, p99, rate = (
        median(getattr(each, column) for each in taken)
        for column in ("p50_ms", "p99_ms", "events_s")
    )
    wanted = f"{verdict(p99 <= target)} p99 ≤ {target} ms" if target else ""
    return name, f"{p50:.1f}", f"{p99:.1f}", f"{rate:,.0f}", wanted


def _bare_ms(places: Sequence[Place]) -> float:
    """Return what PostgreSQL takes to find the holders of two labels, without anything around."""
    from django.db import connection

    dice, times = Dice(2), []
    connection.ensure_connection()
    for _ in range(500):
        labels = dice.sample(dice.choice(places).label_ids, 2)
        started = perf_counter()
        connection.connection.execute(BARE, labels).fetchall()
        times.append((perf_counter() - started) * 1000)
    return median(times)


def _furnish(env: Mapping[str, str], communities: int) -> tuple[str, list[Place]]:
    """Fill an empty database; return the key of somebody who may look everywhere."""
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
        name="searches",
        scopes=["labels:read"],
        requests_per_minute=UNBOUNDED,
    )
    return key.full, places


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks labels --only searches", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="each load of each round")
    parser.add_argument("--communities", type=int, help="default: ten, and then ten thousand")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
