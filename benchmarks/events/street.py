"""All servers of the benchmark, side by side, so that rounds may take turns among them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import msgspec

from benchmarks._load import Order, Sample, load
from benchmarks._machine import SERVER_CORE, memory_mb, pinned
from benchmarks._servers import Server, backing, granian, temporary_folder
from benchmarks._world import World, make
from benchmarks.events.cases import Case

PRODUCT = "waddlebot.wsgi:application"


@dataclass(frozen=True)
class Street:
    """The servers by name, the pipeline without one, and the key that opens them all."""

    world: World
    servers: Mapping[str, Server]
    pipeline: "subprocess.Popen[str]"

    def measure(self, case: Case, *, connections: int, seconds: float) -> Sample:
        server = self.servers[case.server]
        return load(
            Order(
                port=server.port,
                requests=case.make(case.path, case.text, self.world.key),
                slots=case.slots,
                expect=case.expect,
                events=case.events,
                connections=connections,
                seconds=seconds,
                pids=server.pids,
            )
        )

    def measure_in_process(self, name: str, *, seconds: float) -> float:
        asked, told = self.pipeline.stdin, self.pipeline.stdout
        assert asked is not None  # noqa: S101 - both are pipes
        assert told is not None  # noqa: S101
        asked.write(f"{name} {seconds}\n")
        asked.flush()
        return float(told.readline())

    def memory_mb(self, case: Case) -> float:
        return memory_mb(self.servers[case.server].worker)


@contextmanager
def open_street(*, threads: int) -> Iterator[Street]:
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        env = stack.enter_context(backing(folder))
        world = make(env)
        bare = {**env, "BENCH_KEY": world.key}
        wanted = {
            "bare WSGI": ("benchmarks._references.bare:application", bare),
            "bare DRF": ("benchmarks._references.framework:application", bare),
            "fast path": (PRODUCT, {**env, "ROUTER_FAST_PATH": "true"}),
            "Django": (PRODUCT, {**env, "ROUTER_FAST_PATH": "false"}),
        }
        servers = {
            name: stack.enter_context(granian(app, its_env, folder=folder, threads=threads))
            for name, (app, its_env) in wanted.items()
        }
        yield Street(world, servers, stack.enter_context(_pipeline(env, world)))


@contextmanager
def _pipeline(env: Mapping[str, str], world: World) -> "Iterator[subprocess.Popen[str]]":
    told = msgspec.json.encode(world).decode()
    command = [sys.executable, "-m", "benchmarks._inprocess", told]
    with pinned(SERVER_CORE):
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
