"""A real `waddlebot up`, and what the machine says about its processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

PATIENCE_S = 90
INHERITED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LOG_FORMAT", "LOG_LEVEL", "PUBLIC_URL")


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE_S} s"
        time.sleep(0.05)


class Up:
    """One data folder and the `waddlebot up` on it."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.settings = settings
        self.port, self.overlay_port = free_ports(2)
        self.mark = f"waddlebot-test-{uuid4()}"
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    @property
    def env(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if name not in INHERITED}
        ours = {"WADDLEBOT_DATA": str(self.data), "WADDLEBOT_MARK": self.mark}
        return clean | self.settings | ours

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "waddlebot", *words]

    def up_command(self, *words: str) -> list[str]:
        ports = ["--port", str(self.port), "--overlay-port", str(self.overlay_port)]
        return self.command("up", *ports, *words)

    def start(self, *words: str) -> None:
        """Return when it says that it is up."""
        log = (self.data.parent / "up.log").open("a")
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self.up_command(*words), env=self.env, text=True, stdout=subprocess.PIPE, stderr=log
        )
        log.close()
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if not line.strip() and len(lines) > 3:
                break
        self.said = "".join(lines)
        assert "WaddleBot is up" in self.said, (self.data.parent / "up.log").read_text()

    def run(self, *words: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(  # noqa: S603 - our own command
            self.command(*words),
            env=self.env | env,
            input=stdin,
            text=True,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def exit_status(self) -> int:
        assert self.process is not None
        assert self.process.stdout is not None
        status = self.process.wait(timeout=PATIENCE_S)
        self.process.stdout.close()
        return status

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGTERM)
            self.exit_status()

    def processes(self, word: str = "") -> list[int]:
        """Return what runs and comes from here; `word` is part of its command line."""
        return [pid for pid in _all_processes() if self._is_ours(pid, word)]

    def _is_ours(self, pid: int, word: str) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
        except OSError:
            return False
        return word in words and (self.mark in environment or str(self.data) in words)


def _all_processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
