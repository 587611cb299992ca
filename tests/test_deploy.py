"""The files in deploy/ do what they say: nginx is real, what stands behind it is a listener."""

import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.lib.certificates import self_signed

ROOT = Path(__file__).parent.parent
TOKEN = "q" * 43


class Listener(BaseHTTPRequestHandler):
    """Answers with what it was told."""

    def do_GET(self) -> None:
        body = f"{self.connection.getsockname()[1]} {self.path}\n{self.headers}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run nginx with our file, on other ports; return its port and its log."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        assert "CI" not in os.environ, "CI has to install nginx"
        pytest.skip("no nginx here: `apt install nginx-light` to test the gateway")
    folder = tmp_path_factory.mktemp("nginx")
    port, servers = free_port(), [HTTPServer(("127.0.0.1", 0), Listener) for _ in range(2)]
    text = (ROOT / "deploy/nginx/waddlebot.conf").read_text()
    for name in ("bot", "overlay"):
        certificate = self_signed(f"{name}.example.org")
        (folder / f"{name}.pem").write_text(certificate.pem)
        (folder / f"{name}.key").write_text(certificate.key)
    for old, new in (
        ("/etc/ssl/waddlebot", str(folder)),
        ("/var/log/nginx", str(folder)),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{servers[0].server_port}"),
        ("127.0.0.1:8027", f"127.0.0.1:{servers[1].server_port}"),
    ):
        assert old in text
        text = text.replace(old, new)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{}}\n"
        f"http {{ client_body_temp_path {folder}; proxy_temp_path {folder};\n{text}}}\n"
    )
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [nginx, "-c", str(main), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command)  # noqa: S603
    deadline = time.monotonic() + 10
    while not answers(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    yield port, folder / "waddlebot.log"
    process.terminate()
    process.wait()
    for server in servers:
        server.shutdown()
        server.server_close()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(port: int, host: str, path: str, **headers: str) -> str:
    trusting = ssl._create_unverified_context()  # noqa: S323 - its certificate is our own
    connection = HTTPSConnection("127.0.0.1", port, timeout=10, context=trusting)
    connection.request("GET", path, headers={"Host": host, **headers})
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


def test_nginx_says_who_the_client_is_and_that_it_came_by_tls(gateway: tuple[int, Path]) -> None:
    port, _ = gateway

    told = get(port, "bot.example.org", "/health", **{"X-Forwarded-For": "10.9.9.9"})

    assert "X-Forwarded-For: 127.0.0.1\n" in told
    assert "X-Forwarded-Proto: https\n" in told
    assert "Host: bot.example.org\n" in told
    assert "10.9.9.9" not in told


def test_nginx_keeps_the_two_origins_apart(gateway: tuple[int, Path]) -> None:
    port, _ = gateway

    bot, overlay = (
        get(port, f"{name}.example.org", "/x").split()[0] for name in ("bot", "overlay")
    )

    assert bot != overlay


def test_nginx_passes_sockets_on(gateway: tuple[int, Path]) -> None:
    port, _ = gateway

    told = get(port, "overlay.example.org", "/", Upgrade="websocket", Connection="Upgrade")

    assert "Upgrade: websocket\n" in told
    assert "Connection: upgrade\n" in told


def test_nginx_logs_no_token(gateway: tuple[int, Path]) -> None:
    port, log = gateway

    get(port, "overlay.example.org", f"/browser/source/{TOKEN}/ticker")
    get(port, "bot.example.org", f"/portal/sign-in/{TOKEN}")

    deadline = time.monotonic() + 10
    while "sign-in" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "/browser/source/***" in log.read_text()
    assert TOKEN not in log.read_text()


@pytest.mark.parametrize("unit", sorted((ROOT / "deploy/systemd").iterdir()), ids=lambda u: u.stem)
def test_a_unit_starts_what_the_page_on_operations_starts(unit: Path) -> None:
    page = (ROOT / "docs/operations.md").read_text().replace("\\\n", " ")
    command = re.search(r"^ExecStart=/opt/waddlebot/(.+)$", unit.read_text(), re.MULTILINE)

    assert command is not None
    documented = [
        shlex.split(line) for line in page.splitlines() if line.startswith(".venv/bin/python -m")
    ]
    assert shlex.split(command[1]) in documented
