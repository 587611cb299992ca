"""A file of a million lines: sent, and carried out by a worker; beside COPY and one INSERT."""

import argparse
import http.client
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from benchmarks._machine import family, peak_mb
from benchmarks._servers import Server, backing, granian, temporary_folder
from benchmarks._table import show, verdict
from benchmarks.labels._crowd import AT_ONCE, Crowd, gather
from benchmarks.labels._givers import BARE, Order, Place, givers
from waddlebot.cli.up import task_threads, web_threads
from waddlebot.runtime.process import end, spawn

COLUMNS: Final = (
    "an import", "lines", "MB", "sent, s", "done, s", "lines a second", "bare is", "target",
    "web, MB", "worker, MB", "target",
)  # fmt: skip
LEAST: Final = 15_000
MOST_MB: Final = 200
NEW_PEOPLE: Final = 100_000


@dataclass(frozen=True)
class Import:
    """`expect` is what becomes of each line."""

    name: str
    count: int
    lines: Callable[[], Iterator[str]]
    expect: str
    least: int = 0


@dataclass(frozen=True)
class House:
    """Where files are sent to, and the worker that does what they say."""

    server: Server
    worker: int
    key: str

    def measure(self, each: Import, bare: float) -> Sequence[str]:
        started = time.perf_counter()
        size, job_id = self._send(each)
        sent = time.perf_counter()
        job = follow(job_id)
        seconds = time.perf_counter() - sent
        if job["state"] != "done" or job[each.expect] != each.count:
            raise RuntimeError(f"{each.name}: {job}")
        rate, worker = each.count / seconds, max(map(peak_mb, family(self.worker)))
        target = f"{verdict(rate >= each.least)} ≥ {each.least:,}" if each.least else ""
        return (
            each.name, f"{each.count:,}", f"{size / 1e6:,.0f}", f"{sent - started:.1f}",
            f"{seconds:.1f}", f"{rate:,.0f}", f"{bare / rate:.1f} x as fast", target,
            f"{peak_mb(self.server.worker):.0f}", f"{worker:.0f}",
            f"{verdict(worker <= MOST_MB)} ≤ {MOST_MB} MB",
        )  # fmt: skip

    def _send(self, each: Import) -> tuple[int, str]:
        size = sum(len(line) for line in each.lines())
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "text/csv",
            "Content-Length": str(size),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=600)
        body = (line.encode() for line in each.lines())
        connection.request("POST", "/labels/v1/assignments/import", body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != http.client.ACCEPTED:
            raise RuntimeError(f"{response.status}: {answer[:500]!r}")
        return size, str(msgspec.json.decode(answer)["id"])


def follow(job_id: str) -> dict[str, Any]:
    from labels import api as labels

    while (job := labels.job_facts(job_id))["state"] in {"queued", "running"}:
        time.sleep(0.05)
    return job


def known(crowd: Crowd, count: int) -> Iterator[str]:
    yield "label,object_id,reason\n"
    for number in range(count // AT_ONCE):
        yield "".join(f"{label},{name},on time\n" for label, _, name in crowd.pins(number))


def new(crowd: Crowd) -> Iterator[str]:
    yield "label,platform,platform_user_id,user_name\n"
    for first in range(0, NEW_PEOPLE, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        yield "".join(f"{crowd.first_label},twitch,{n},penguin{n}\n" for n in numbers)


@contextmanager
def working(env: Mapping[str, str]) -> Iterator[int]:
    """Run a worker as `waddlebot up` does; whoever sent the file has no more to do by then."""
    command = [
        sys.executable, "-m", "celery", "--app", "waddlebot", "--quiet", "worker", "--beat",
        "--pool", "threads", "--concurrency", task_threads(), "--queues", "labels",
        "--schedule", f"{env['BENCH_FOLDER']}/beat", "--loglevel", "ERROR",
    ]  # fmt: skip
    process = spawn(command, env=env)
    try:
        yield process.pid
    finally:
        end(process, (signal.SIGTERM, 8))


def main() -> None:
    options = _options()
    with temporary_folder() as folder, backing(folder) as env:
        crowd = gather(env)
        bare = _bare(crowd, env, options.lines)
        imports = (
            Import("given", options.lines, lambda: known(crowd, options.lines), "created", LEAST),
            Import("given again", options.lines, lambda: known(crowd, options.lines), "unchanged"),
            Import("given to new people", NEW_PEOPLE, lambda: new(crowd), "created"),
        )
        env |= {"BENCH_FOLDER": str(folder)}
        threads = int(web_threads())
        with (
            granian("waddlebot.wsgi:application", env, folder=folder, threads=threads) as server,
            working(env) as worker,
        ):
            house = House(server, worker, crowd.key)
            rows = [house.measure(each, bare) for each in imports]
    note = (
        f"One worker, one file at a time, {AT_ONCE:,} lines a transaction; memory is the most so"
        f" far. Bare: COPY and one INSERT of {AT_ONCE:,}, no file, no names: {bare:,.0f} a second."
    )
    show("labels, by files", COLUMNS, rows, note)


def _bare(crowd: Crowd, env: Mapping[str, str], lines: int) -> float:
    first = lines // AT_ONCE
    with givers(Place(crowd, 0, env["DATABASE_URL"])) as ask:
        order = Order(BARE, 1, 5, str(AT_ONCE), first=first, last=first + 1000)
        return ask(order).labels_s


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks labels --only imports", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
