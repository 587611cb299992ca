"""How long `waddlebot up` takes, the first and the second time; `--install`: from nothing."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from benchmarks._machine import family, free_port, share_mb
from benchmarks._servers import temporary_folder
from benchmarks._table import show, verdict
from waddlebot.runtime.process import kill_group, spawn

ROOT = Path(__file__).resolve().parent.parent
READY = "WaddleBot is up"
COLUMNS = ("start", "ready s", "stop s", "MB in all", "target")
SECOND_MOST_S = 4
INSTALL_MOST_S = {"pip": 60, "uv": 15}


@dataclass(frozen=True)
class Start:
    ready_s: float
    stop_s: float
    memory_mb: float


def main() -> None:
    options = _options()
    rows = [_row(name, starts) for name, starts in _from_venv(options.rounds).items()]
    if options.install:
        rows += [_row(f"first `make up`, {tool}", [_install(tool)]) for tool in _tools()]
    show(f"up: median of {options.rounds} rounds", COLUMNS, rows)


def _from_venv(rounds: int) -> dict[str, list[Start]]:
    found: dict[str, list[Start]] = {"first, all installed": [], "second": []}
    command = [sys.executable, "-m", "waddlebot", "up"]
    for _ in range(rounds):
        with temporary_folder() as folder:
            for starts in found.values():
                port = free_port()
                starts.append(_start([*command, *_places(folder, port)], port=port, cwd=ROOT))
    return found


def _install(tool: str) -> Start:
    """Time `make up` in a copy of the checkout, with nothing installed and nothing cached."""
    with temporary_folder() as folder, _copy(folder) as checkout:
        env = {
            **os.environ,
            "PATH": _path(with_uv=tool == "uv"),
            "PIP_CACHE_DIR": str(folder / "cache"),
            "UV_CACHE_DIR": str(folder / "cache"),
        }
        port = free_port()
        arguments = " ".join(_places(folder / "data", port))
        return _start(["make", "up", f"ARGS={arguments}"], port=port, cwd=checkout, env=env)


@contextmanager
def _copy(folder: Path) -> Iterator[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    checkout = folder / "checkout"
    for name in filter(None, names.stdout.split("\0")):
        target = checkout / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, target)
    yield checkout


def _start(
    command: Sequence[str], *, port: int, cwd: Path, env: Mapping[str, str] = os.environ
) -> Start:
    started = time.monotonic()
    process = spawn(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said = _until_ready(process)
        ready_s = time.monotonic() - started
        _ask(port, said)
        memory = sum(share_mb(pid) for pid in family(process.pid))
        stopping = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        return Start(ready_s, time.monotonic() - stopping, memory)
    finally:
        kill_group(process)


def _until_ready(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None  # noqa: S101 - a pipe
    said: list[str] = []
    for line in process.stdout:
        said.append(line.decode())
        if READY in said[-1]:
            return "".join(said)
    raise RuntimeError(f"It did not start:\n{''.join(said)}")


def _ask(port: int, said: str) -> None:
    """Believe "up" only when it answers."""
    with urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
        if answer.status != 200:  # noqa: PLR2004
            raise RuntimeError(f"It is not healthy:\n{said}")


def _places(folder: Path, port: int) -> list[str]:
    ports = ["--port", str(port), "--overlay-port", str(free_port())]
    return ["--data", str(folder), *ports]


def _tools() -> list[str]:
    return ["pip", "uv"] if shutil.which("uv") else ["pip"]


def _path(*, with_uv: bool) -> str:
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(
        folder for folder in folders if with_uv or not shutil.which("uv", path=folder)
    )


def _row(name: str, starts: Sequence[Start]) -> list[str]:
    ready_s = median(start.ready_s for start in starts)
    return [
        name,
        f"{ready_s:.1f}",
        f"{median(start.stop_s for start in starts):.1f}",
        f"{median(start.memory_mb for start in starts):.0f}",
        _target(name, ready_s),
    ]


def _target(name: str, ready_s: float) -> str:
    most = INSTALL_MOST_S.get(name.rpartition(" ")[2]) or (name == "second" and SECOND_MOST_S)
    return f"{verdict(ready_s <= most)} ≤ {most} s" if most else ""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks up", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--install", action="store_true", help="also `make up` from nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
