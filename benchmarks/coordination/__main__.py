"""`waddlebot bench coordination`: many collectors share many channels out, without HTTP."""

import argparse
import os
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from benchmarks._servers import backing, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import make

COLUMNS: Final = ("coordination", "a second", "p50 ms", "p99 ms", "held", "by two")
CHANNELS_SQL: Final = """
INSERT INTO entities (community_id, platform, server_id, channel_id, is_proven, created_at)
SELECT %s, 'twitch', 'channel' || number, '', true, now() FROM generate_series(1, %s) AS number
"""
MOST_ROUNDS: Final = 10


def main() -> int:
    options = _options()
    with temporary_folder() as folder, backing(folder) as env:
        os.environ.update(env, LOG_LEVEL="ERROR")
        world = make(env)
        import django

        django.setup()
        _dig(world.community_id, options.channels)
        rows, complete = _measure(options.collectors, options.channels)
    note = f"{options.collectors:,} collectors, {options.channels:,} channels, eight threads."
    show("coordination", COLUMNS, rows, f"{note} {verdict(complete)} all held, none by two")
    return 0 if complete else 1


def _dig(community_id: int, channels: int) -> None:
    from django.db import connection

    from core_router.models import Entity

    Entity.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(CHANNELS_SQL, [community_id, channels])
        cursor.execute("VACUUM ANALYZE")


def _measure(collectors: int, channels: int) -> tuple[list[Sequence[str]], bool]:
    from benchmarks.coordination.swarm import Swarm, Times
    from core_router.queries.leases import clock, statistics

    swarm = Swarm(collectors)
    rows: list[Sequence[str]] = []

    def note(name: str, times: Times) -> bool:
        held, doubled = swarm.verdict()
        whole = (held, doubled) == (channels, 0)
        figures = (times.a_second, times.ms(0.5), times.ms(0.99), held, doubled)
        rows.append((name, *(f"{figure:,.0f}" for figure in figures)))
        return whole

    def claim_all(name: str) -> bool:
        rounds = range(1, MOST_ROUNDS + 1)
        return any(note(f"{name}, round {number}", swarm.claim()) for number in rounds)

    wholes = [claim_all("a claim of a hundred")]
    wholes += [note(f"a heartbeat about all, round {each}", swarm.beat()) for each in (1, 2)]
    wholes += [note("a claim when nothing is free", swarm.claim())]
    swarm.die(collectors // 2)
    wholes += [claim_all("a claim when half has died")]
    started = perf_counter()
    statistics(None, None, now=clock())
    rows.append(("stats", "", f"{(perf_counter() - started) * 1000:,.0f}", "", "", ""))
    return rows, all(wholes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks coordination", description=__doc__)
    parser.add_argument("--collectors", type=int, default=1000)
    parser.add_argument("--channels", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
