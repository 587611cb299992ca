"""`waddlebot bench chaos`: what is lost, or done twice, when processes are killed under load?"""

import argparse
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx

from benchmarks._table import show, verdict
from benchmarks.chaos._module import Module, module
from benchmarks.chaos._street import KINDS, Collector, Kind, Sender
from benchmarks.chaos._up import MOST_KILLS, kill_at_random, running

COLUMNS: Final = ("kill -9 under load", "sent", "lost", "doubled", "target")
PATIENCE_S: Final = 180
PLACE: Final = "/router/v1/communities/rookery"


def main() -> None:
    options = _options()
    with running() as up, module(up.port) as server:
        demo = up.demo()
        _furnish(demo, server.server_port)
        sender = Sender(demo["base_url"], demo["collector_key"])
        collector = Collector(demo["overlay_url"], demo["collector_key"], demo["entity"])
        lines = [_line(kind, n) for kind in KINDS if kind.line for n in range(options.events)]
        with collector.listening(), ThreadPoolExecutor(1) as pool:
            sent = pool.submit(sender.send_all, options.events, within_s=options.seconds)
            # In this thread: what it starts ends with it.
            kill_at_random(up, options.kills, options.postgres, within_s=options.seconds)
            sent.result()
            collector.wait_for(lines, PATIENCE_S)
        count = _number_in(sender.say("!counter chaos"))
    rows = [_row(kind, options.events, count, collector, server) for kind in KINDS]
    note = (
        f"{options.kills} kills of web and worker, {options.postgres} of PostgreSQL, at random "
        f"moments of {options.seconds:g} s. Doubled is also who was called by two ids."
    )
    show("chaos", COLUMNS, rows, note)


def _row(kind: Kind, sent: int, count: int, collector: Collector, server: Module) -> Sequence[str]:
    if kind.line:
        lines = [collector.ids_of.get(_line(kind, number), set()) for number in range(sent)]
        lost = sum(not ids for ids in lines)
        doubled = sum(len(ids) > 1 for ids in lines)
        doubled += sum(len(server.ids_of[f"{kind.name}-{n}"]) > 1 for n in range(sent))
    else:
        lost, doubled = max(0, sent - count), max(0, count - sent)
    target = f"{verdict(not lost and not doubled)} 0 and 0"
    return kind.title, f"{sent:,}", f"{lost:,}", f"{doubled:,}", target


def _line(kind: Kind, number: int) -> str:
    return kind.line.format(id=f"{kind.name}-{number}")


def _number_in(answer: Any) -> int:
    found = re.search(r"\d+", answer["actions"][0]["text"])
    return int(found[0]) if found else 0


def _furnish(demo: Any, port: int) -> None:
    headers = {"X-API-Key": demo["admin_key"]}
    with httpx.Client(base_url=demo["base_url"], headers=headers, timeout=20) as client:
        for name in ("now", "later"):
            wish = {"name": name, "prefix": "#", "engine": _engine(port, name)}
            client.post(f"{PLACE}/commands", json=wish).raise_for_status()
        hook = {"message_types": ["follow"], "engine": _engine(port, "told")}
        client.post(f"{PLACE}/event-hooks", json=hook).raise_for_status()


def _engine(port: int, name: str) -> dict[str, str]:
    return {"type": "webhook", "url": f"http://127.0.0.1:{port}/{name}"}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=10, choices=range(MOST_KILLS + 1))
    parser.add_argument("--postgres", type=int, default=3, help="kills of PostgreSQL")
    parser.add_argument("--events", type=int, default=200, help="of each kind")
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="that the kills are spread over"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
