"""`waddlebot bench engines`: what calls outside cost, and slow and dead modules cost others."""

import argparse
import http.client
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from statistics import median
from typing import Final

from benchmarks._load import Order, Sample, load
from benchmarks._machine import LOAD_CORE, free_port, pinned
from benchmarks._requests import COMMAND, event, single
from benchmarks._servers import Server, backing, granian, temporary_folder
from benchmarks._table import show, verdict
from benchmarks._world import World, make
from benchmarks.engines._calls import overhead
from benchmarks.engines._fanout import fan_out
from benchmarks.engines._module import module
from waddlebot.cli.up import web_threads

COLUMNS: Final = ("engines", "p50 ms", "p99 ms", "a second", "beside", "target")
EVENTS: Final = "/router/v1/events"
EXECUTED: Final = b'"outcome":"executed"'
MODULES: Final = 10
AT_ONCE: Final = 100
OTHERS: Final = 4
MOST_OVERHEAD_MS: Final = 0.5
MOST_SLOW_MS: Final = 1300
MOST_BESIDE_SLOW: Final = 2
MOST_BESIDE_DEAD: Final = 1.2
LANES: Final = (1, 20)
LEAST_TOLD: Final = 1000
DEAD_EVERY_S: Final = 0.05


def main() -> None:
    options = _options()
    with temporary_folder() as folder, backing(folder) as env, module() as port:
        env["ENGINE_ALLOWED_HOSTS"] = "127.0.0.1"
        world = _furnish(env, port)
        rows = [_overhead(port), *_told(world, port)]
        threads = int(web_threads())
        with granian("waddlebot.wsgi:application", env, folder=folder, threads=threads) as server:
            rows += _beside(server, world, options)
    note = (
        f"Medians of {options.rounds} rounds of {options.seconds:g} s. Slow: {AT_ONCE} events at"
        f" once for {MODULES} modules that take 1 s. Dead: one module that refuses connections,"
        f" asked {1 / DEAD_EVERY_S:.0f} times a second. Others: !hello on {OTHERS} connections."
    )
    show("engines", COLUMNS, rows, note)


def _overhead(port: int) -> Sequence[str]:
    engine, fresh, kept = overhead(port)
    reached = verdict(engine - fresh <= MOST_OVERHEAD_MS)
    beside = f"bare {fresh:.2f} ms, kept {kept:.2f}"
    target = f"{reached} ≤ {MOST_OVERHEAD_MS} ms more"
    return "one call of a signed webhook", f"{engine:.2f}", "", "", beside, target


def _told(world: World, port: int) -> Iterator[Sequence[str]]:
    for lanes in LANES:
        rate = fan_out(world.community_id, port, lanes=lanes)
        target = f"{verdict(rate >= LEAST_TOLD)} ≥ {LEAST_TOLD:,}/s"
        name = f"events told to a hook, {lanes} channel{'s' if lanes > 1 else ''}"
        yield name, "", "", f"{rate:,.0f}", "", target


def _beside(server: Server, world: World, options: argparse.Namespace) -> Iterator[Sequence[str]]:
    taken: dict[str, list[Sample]] = {"idle": [], "slow": [], "beside slow": [], "beside dead": []}
    for number in range(options.rounds + 1):
        found = {"idle": _others(server, world, options.seconds)}
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(_slow, server, world, options.seconds + 3)
            time.sleep(1.5)
            found["beside slow"] = _others(server, world, options.seconds)
            found["slow"] = slow.result()
        with _calling_the_dead(server, world):
            found["beside dead"] = _others(server, world, options.seconds)
        for name, sample in found.items() if number else ():  # The first is to warm up.
            taken[name].append(sample)
    idle = _p99(taken["idle"])
    yield _row("others, when idle", taken["idle"], idle, 0)
    slow_p99 = _p99(taken["slow"])
    target = f"{verdict(slow_p99 <= MOST_SLOW_MS)} p99 ≤ {MOST_SLOW_MS} ms"
    yield (*_row("slow modules", taken["slow"], idle, 0)[:4], "", target)
    yield _row("others, beside slow modules", taken["beside slow"], idle, MOST_BESIDE_SLOW)
    yield _row("others, beside a dead module", taken["beside dead"], idle, MOST_BESIDE_DEAD)


def _row(name: str, samples: Sequence[Sample], idle: float, most: float) -> Sequence[str]:
    p50, p99 = median(each.p50_ms for each in samples), _p99(samples)
    rate = median(each.events_s for each in samples)
    target = f"{verdict(p99 <= most * idle)} p99 ≤ {most} x idle" if most else ""
    return name, f"{p50:.1f}", f"{p99:.1f}", f"{rate:,.0f}", f"{p99 / idle:.2f} x idle", target


def _p99(samples: Sequence[Sample]) -> float:
    return median(each.p99_ms for each in samples)


def _others(server: Server, world: World, seconds: float) -> Sample:
    requests = single(EVENTS, COMMAND, world.key)
    return _load(server, requests, OTHERS, seconds)


def _slow(server: Server, world: World, seconds: float) -> Sample:
    lists = [single(EVENTS, f"#slow{number}", world.key) for number in range(MODULES)]
    # Each user calls another module than the one before.
    requests = [each[number] for number in range(len(lists[0])) for each in lists]
    return _load(server, requests, AT_ONCE, seconds)


def _load(server: Server, requests: list[bytes], connections: int, seconds: float) -> Sample:
    order = Order(
        port=server.port,
        requests=requests,
        slots=2,
        expect=EXECUTED,
        connections=connections,
        seconds=seconds,
        pids=server.pids,
    )
    return load(order)


@contextmanager
def _calling_the_dead(server: Server, world: World) -> Iterator[None]:
    is_over = threading.Event()

    def call() -> None:
        while not is_over.wait(DEAD_EVERY_S):
            if _dead(server, world) != HTTPStatus.OK:
                raise RuntimeError("The dead module was not called.")

    while _dead(server, world) == HTTPStatus.SERVICE_UNAVAILABLE:
        time.sleep(0.1)  # The slow modules have all places for a moment yet.
    thread = threading.Thread(target=call)
    with pinned(LOAD_CORE):  # As the load is: not beside the server.
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _dead(server: Server, world: World) -> int:
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = json.dumps(event("#dead", user=1, event_id=""))
    headers = {"Authorization": f"Bearer {world.key}", "Content-Type": "application/json"}
    link.request("POST", EVENTS, body, headers)
    answer = link.getresponse()
    said = answer.read()
    link.close()
    if answer.status == HTTPStatus.OK and b'"failed"' not in said:
        raise RuntimeError("The dead module has answered.")
    return answer.status


def _furnish(env: Mapping[str, str], port: int) -> World:
    os.environ.update(env, LOG_LEVEL="ERROR")
    world = make(env)
    import django

    django.setup()
    from django.utils import timezone

    from core_router import api as core_router
    from core_router.data import EngineType, EngineWish

    urls = {f"slow{number}": f"http://127.0.0.1:{port}/slow" for number in range(MODULES)}
    for name, url in {**urls, "dead": f"http://127.0.0.1:{free_port()}/"}.items():
        core_router.add_command(
            community_id=world.community_id,
            wish=core_router.CommandWish(
                name=name, prefix="#", engine=EngineWish(EngineType.WEBHOOK, url)
            ),
            actor="bench",
            now=timezone.now(),
        )
    return world


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks engines", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="each load of each round")
    return parser.parse_args()


if __name__ == "__main__":
    main()
