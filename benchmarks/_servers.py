"""The servers under test: PostgreSQL and Valkey as `waddlebot up` runs them, and granian."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks._machine import SERVER_CORE, family, free_port, pinned
from waddlebot.runtime.postgres import Postgres
from waddlebot.runtime.process import end, spawn
from waddlebot.runtime.valkey import Valkey

READY_WITHIN_S = 30


@dataclass(frozen=True)
class Server:
    """A granian with one worker process, pinned to one core."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def pids(self) -> list[int]:
        return family(self.process.pid)

    @property
    def worker(self) -> int:
        """The process that answers: the last that granian started."""
        return self.pids[-1]


@contextmanager
def temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="wb-bench-"))
    folder.chmod(0o711)  # PostgreSQL is another account than root.
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def backing(folder: Path) -> Iterator[dict[str, str]]:
    """Start both, durable as in production; give the environment that names them."""
    with ExitStack() as stack:
        valkey = Valkey(folder)
        stack.callback(valkey.stop)
        valkey.start()
        postgres = Postgres(folder, connections=800)
        stack.callback(postgres.stop)
        postgres.start()
        yield {
            **os.environ,
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "SECRET_KEY": "only-for-benchmarks-" + "k" * 50,
            "DJANGO_SETTINGS_MODULE": "waddlebot.settings",
            "PYTHONWARNINGS": "ignore",
        }


@contextmanager
def granian(
    application: str, env: Mapping[str, str], *, folder: Path, threads: int
) -> Iterator[Server]:
    """Serve a WSGI application as `waddlebot up` does, on a core of its own."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--blocking-threads", str(threads), "--workers-kill-timeout", "5",
        "--log-level", "warning", application,
    ]  # fmt: skip
    log = folder / f"granian-{port}.log"
    with log.open("wb") as output, pinned(SERVER_CORE):
        process = spawn(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _wait(port, process, log)
        yield Server(port, process)
    finally:
        end(process, (signal.SIGTERM, 8))


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")
