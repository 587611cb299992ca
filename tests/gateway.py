"""The real nginx with files of deploy/, and listeners that say what reached them."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.lib.certificates import self_signed

NGINX = Path(__file__).parent.parent / "deploy/nginx"


class Listener(BaseHTTPRequestHandler):
    """Answers with what it was told."""

    def do_GET(self) -> None:
        body = f"{self.connection.getsockname()[1]} {self.path}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listener() -> Iterator[int]:
    """Listen on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def nginx(folder: Path, files: Sequence[str], swaps: dict[str, str]) -> Iterator[int]:
    """Run nginx with our files, on another port and with what stands behind it swapped."""
    port = free_port()
    text = "".join((NGINX / name).read_text() for name in files)
    swaps = {
        "/etc/ssl/waddlebot": str(folder),
        "/var/log/nginx": str(folder),
        "listen 443": f"listen 127.0.0.1:{port}",
    } | swaps
    for old, new in swaps.items():
        assert old in text
        text = text.replace(old, new)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{}}\n"
        f"http {{ client_body_temp_path {folder}; proxy_temp_path {folder};\n{text}}}\n"
    )
    for name in ("bot", "overlay", "tool"):
        certificate = self_signed(f"{name}.example.org")
        (folder / f"{name}.pem").write_text(certificate.pem)
        (folder / f"{name}.key").write_text(certificate.key)
    command = [binary(), "-c", str(main), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command)  # noqa: S603
    deadline = time.monotonic() + 10
    while not answers(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    yield port
    process.terminate()
    process.wait()


def binary() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        assert "CI" not in os.environ, "CI has to install nginx"
        pytest.skip("no nginx here: `apt install nginx-light` to test the gateway")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(
    port: int,
    host: str,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> tuple[HTTPResponse, str]:
    trusting = ssl._create_unverified_context()  # noqa: S323 - its certificate is our own
    connection = HTTPSConnection("127.0.0.1", port, timeout=10, context=trusting)
    connection.request(method, path, body, headers={"Host": host, **headers})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text
