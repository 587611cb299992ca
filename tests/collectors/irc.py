"""A real IRC server, and people who use it."""

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Final, Self

from tests.browser_sources.server import free_port
from tests.runtime.running import wait_until

NGIRCD: Final = shutil.which("ngircd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
PATIENCE_S: Final = 60
CONFIGURATION: Final = """
[Global]
Name = irc.test
Info = for tests
Listen = 127.0.0.1
Ports = {port}
[Limits]
MaxPenaltyTime = 0
MaxConnectionsIP = 0
[Options]
DNS = no
Ident = no
PAM = no
[Operator]
Name = oper
Password = for-tests
"""


@contextmanager
def ngircd(folder: Path) -> Iterator[int]:
    """Give the port of a server that runs here alone."""
    assert NGIRCD
    port = free_port()
    path = folder / "ngircd.conf"
    path.write_text(CONFIGURATION.format(port=port))
    with (folder / "ngircd.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own
            [NGIRCD, "--nodaemon", "--config", str(path)], stdout=log, stderr=log
        )
    with process:
        wait_until(lambda: listens(port), "ngircd")
        yield port
        process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Client:
    """Somebody at an IRC client."""

    def __init__(self, port: int, nick: str) -> None:
        self.nick = nick
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._heard: Queue[str] = Queue()
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()
        self.types(f"NICK {nick}")
        self.types(f"USER {nick} 0 * :{nick}")
        self.hears(r" 001 ")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._ear.join(PATIENCE_S)
        self._socket.close()

    def types(self, line: str) -> None:
        self._socket.sendall(f"{line}\r\n".encode())

    def says(self, channel: str, text: str) -> None:
        self.types(f"PRIVMSG #{channel} :{text}")

    def hears(self, pattern: str) -> re.Match[str]:
        """Return the next line in which it is found."""
        while True:
            if found := re.search(pattern, self._heard.get(timeout=PATIENCE_S)):
                return found

    def is_with(self, nick: str, *channels: str) -> None:
        """Come into channels, and wait until somebody else is there too."""
        for channel in channels:
            self.types(f"JOIN #{channel}")
            names = self.hears(rf" 353 \S+ = #{channel} :(.*)$")[1]
            if nick not in re.split(r"[ @+]+", names):
                self.hears(rf"^:{nick}!\S+ JOIN :#{channel}$")

    def _listen(self) -> None:
        with self._socket.makefile("rb") as lines:
            for raw in lines:
                line = raw.decode(errors="replace").rstrip("\r\n")
                if line.startswith("PING"):
                    self.types(f"PONG {line[5:]}")
                self._heard.put(line)
