"""Real servers over the test's database, which can be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

import httpx
from django.conf import settings

PATIENCE_S: Final = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_url() -> str:
    """Return the address of the database the tests run in."""
    place = settings.DATABASES["default"]
    who = f"{quote(str(place['USER']))}:{quote(str(place['PASSWORD']))}@" if place["USER"] else ""
    port = f":{place['PORT']}" if place["PORT"] else ""
    host = quote(str(place["HOST"]), safe="")
    return f"postgresql://{who}{host}{port}/{quote(str(place['NAME']))}"


class OverlayServer:
    command: ClassVar[tuple[str, ...]] = (
        "uvicorn", "waddlebot.asgi:application", "--no-access-log", "--log-level", "warning"
    )  # fmt: skip

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is not None:
            return
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "SECRET_KEY": settings.SECRET_KEY,
            "OVERLAY_URL": self.url,
            "PUBLIC_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "waddlebot.settings",
        }
        command = [sys.executable, "-m", *self.command, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own
                command, env=environment, stdout=log, stderr=log
            )
        self._wait_until_it_answers()

    def kill(self) -> None:
        """As `kill -9`: it says goodbye to nobody."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_S)
            self._process = None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/health", timeout=1)
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError(f"no overlay server:\n{self.log.read_text()}")


class PortalServer(OverlayServer):
    """The API and the pages."""

    command = ("granian", "--interface", "wsgi", "waddlebot.wsgi:application")
