"""Starts processes, keeps them running, and leaves none behind."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

from waddlebot.runtime.folder import Refusal
from waddlebot.runtime.output import Output
from waddlebot.runtime.process import end, kill_group, spawn

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_WITHIN_S: Final = 90
LOOK_EVERY_S: Final = 0.1
STOP_WITHIN_S: Final = 8
STEADY_AFTER_S: Final = 60
LONGEST_PAUSE_S: Final = 30
LONGEST_PAUSE_BESIDE_S: Final = 300
GIVE_UP_AFTER: Final = 6


class Stopped(Exception):  # noqa: N818 - it is none
    """Somebody asked us to stop."""


class Died(Refusal):
    """A process without which the rest is of no use has ended."""


class Server(Protocol):
    """An embedded server: nothing works without it, so it is not started again."""

    process: subprocess.Popen[bytes] | None
    log: Path

    def stop(self) -> None: ...


@dataclass
class Service:
    """A process of ours, started again when it dies."""

    name: str
    command: Sequence[str | Path]
    is_ready: Callable[[], bool]
    death: signal.Signals = signal.SIGTERM
    env: Mapping[str, str] | None = None
    """Of its own, where it is not to know what the others do."""
    is_needed: bool = True
    """Whether the rest is of no use without it."""
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    restart_at: float = 0
    was_ready: bool = False
    failures: int = field(default=0)


class Supervisor:
    def __init__(self, env: Mapping[str, str], output: Output) -> None:
        self.env = env
        self.output = output
        self.servers: list[tuple[str, Server]] = []
        self.services: list[Service] = []
        self._stop = threading.Event()

    def obey_signals(self) -> None:
        for number in STOP_SIGNALS:
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # Under nohup.
            signal.signal(number, self._on_signal)

    def check_servers(self) -> None:
        if self._stop.is_set():
            raise Stopped
        for name, server in self.servers:
            if server.process and (code := server.process.poll()) is not None:
                raise Died(f"{name} ended by itself ({_how(code)}): see {server.log}")

    def run_once(self, name: str, command: Sequence[str | Path]) -> bytes:
        """Run a program to its end and return what it printed; what it logs goes to our output."""
        process = spawn(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None  # noqa: S101 - PIPE above
        assert process.stderr is not None  # noqa: S101
        printed: list[bytes] = []
        readers = [
            self.output.follow(name, process.stderr),
            threading.Thread(
                target=lambda out: printed.append(out.read()), args=(process.stdout,)
            ),
        ]
        readers[1].start()
        try:
            while process.poll() is None:
                self.check_servers()
                time.sleep(0.02)
        finally:
            kill_group(process)
            for reader in readers:
                reader.join(5)
            process.stdout.close()
        if process.returncode:
            raise Refusal(f"{name} failed: the lines above say why")
        return b"".join(printed)

    def start(self, service: Service) -> None:
        service.process = spawn(
            service.command,
            env=service.env or self.env,
            death=service.death,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        service.started_at = time.monotonic()
        service.was_ready = False
        assert service.process.stdout is not None  # noqa: S101 - PIPE above
        self.output.follow(service.name, service.process.stdout)

    def start_all(self, services: Sequence[Service]) -> None:
        """Start them together and wait until all are ready; one that dies stops the start."""
        self.services = list(services)
        for service in services:
            self.start(service)
        deadline = time.monotonic() + READY_WITHIN_S
        while not all(self._is_ready(service) for service in services):
            self.check_servers()
            if time.monotonic() > deadline:
                late = ", ".join(s.name for s in services if not s.was_ready)
                raise Died(f"{late} did not get ready within {READY_WITHIN_S} s")
            time.sleep(0.03)

    def start_beside(self, services: Sequence[Service]) -> None:
        """Start what is not waited for."""
        for service in services:
            self.services.append(service)
            self.start(service)

    def _is_ready(self, service: Service) -> bool:
        if service.process and (code := service.process.poll()) is not None:
            raise Died(f"{service.name} ended while starting ({_how(code)})")
        service.was_ready = service.was_ready or service.is_ready()
        return service.was_ready

    def watch(self) -> None:
        """Return when asked to stop. Raises Died when going on makes no sense."""
        while not self._stop.wait(LOOK_EVERY_S):
            self.check_servers()
            for service in self.services:
                self._look_after(service, time.monotonic())

    def _look_after(self, service: Service, now: float) -> None:
        if service.process is None:
            if now >= service.restart_at:
                self.start(service)
            return
        code = service.process.poll()
        if code is None:
            if service.failures and now - service.started_at > STEADY_AFTER_S:
                service.failures = 0
            return
        kill_group(service.process)  # What it had started goes with it.
        service.process = None
        service.failures += 1
        if service.is_needed and service.failures >= GIVE_UP_AFTER:
            raise Died(f"{service.name} keeps dying ({_how(code)}): the lines above say why")
        longest = LONGEST_PAUSE_S if service.is_needed else LONGEST_PAUSE_BESIDE_S
        pause = min(0.25 * 2 ** min(service.failures - 1, 20), longest)
        service.restart_at = now + pause
        self.output.say(
            "waddlebot", f"{service.name} ended ({_how(code)}); starting it again in {pause:g} s"
        )

    def stop(self) -> None:
        """End everything: the services together, then the servers they use, last started first."""
        running = [service.process for service in self.services if service.process]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_S
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0, deadline - time.monotonic()))
            end(process, (signal.SIGQUIT, 3))
        for _, server in reversed(self.servers):
            server.stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._stop.is_set():
            # Asked twice: whoever asks is in a hurry, and the children have their death signal.
            for service in self.services:
                if service.process:
                    service.process.kill()
        self._stop.set()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
