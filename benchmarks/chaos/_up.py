"""A `waddlebot up` whose processes are killed at random."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks._machine import family, free_port
from benchmarks._servers import temporary_folder
from waddlebot.runtime.postgres import Postgres
from waddlebot.runtime.process import end, spawn

READY: Final = b"WaddleBot is up"
# By what is in their command line.
VICTIMS: Final = {"web": b"granian", "worker": b"celery"}
POSTGRES: Final = "PostgreSQL"
# `up` gives up on what has died six times within a minute.
MOST_KILLS: Final = 5 * len(VICTIMS)
LOOK_AGAIN_S: Final = 0.1


@dataclass(frozen=True)
class Up:
    process: "subprocess.Popen[bytes]"
    data: Path
    port: int
    overlay_port: int
    postgres: Postgres

    def demo(self) -> Mapping[str, Any]:
        command = [sys.executable, "-m", "waddlebot", "demo", "--json"]
        env = {**os.environ, "WADDLEBOT_DATA": str(self.data)}
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)  # noqa: S603
        found: Mapping[str, Any] = json.loads(done.stdout)
        return found

    def kill(self, name: str) -> bool:
        """Kill a service with all that it started; return whether it was there.

        PostgreSQL, which `up` does not look after here, is started again at once.
        """
        if name == POSTGRES:
            assert self.postgres.process is not None  # noqa: S101 - it was started
            os.killpg(self.postgres.process.pid, signal.SIGKILL)
            self.postgres.process.wait()
            self.postgres.start()
            return True
        for pid in family(self.process.pid):
            with suppress(OSError):
                if VICTIMS[name] in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.killpg(os.getpgid(pid), signal.SIGKILL)
                    return True
        return False


@contextmanager
def running() -> Iterator[Up]:
    with temporary_folder() as folder, _database(folder) as postgres:
        port, overlay_port = free_port(), free_port()
        ports = ("--port", str(port), "--overlay-port", str(overlay_port))
        command = [
            sys.executable, "-m", "waddlebot", "up", "--data", str(folder / "data"), *ports
        ]  # fmt: skip
        ours = {"DATABASE_URL": postgres.url, "ENGINE_ALLOWED_HOSTS": "127.0.0.1"}
        env = {**os.environ, **ours, "PYTHONWARNINGS": "ignore"}
        with (folder / "up.log").open("wb") as log:
            process = spawn(command, env=env, stdout=subprocess.PIPE, stderr=log)
        try:
            assert process.stdout is not None  # noqa: S101 - PIPE above
            if READY not in process.stdout.readline():
                raise RuntimeError((folder / "up.log").read_text()[-2000:])
            # Whatever else it says is not read, and fits into the pipe.
            yield Up(process, folder / "data", port, overlay_port, postgres)
        finally:
            end(process, (signal.SIGTERM, 20))


@contextmanager
def _database(folder: Path) -> Iterator[Postgres]:
    """Start one that may die: `up` ends with its own."""
    postgres = Postgres(folder, connections=300)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


def kill_at_random(up: Up, kills: int, of_postgres: int, *, within_s: float) -> None:
    """Kill web and worker as often each, and PostgreSQL, in any order."""
    names = [[*VICTIMS][number % len(VICTIMS)] for number in range(kills)]
    names += [POSTGRES] * of_postgres
    random.shuffle(names)
    for name in names:
        time.sleep(random.uniform(0.5, 1.5) * within_s / len(names))  # noqa: S311 - no secret
        while not up.kill(name):
            time.sleep(LOOK_AGAIN_S)
