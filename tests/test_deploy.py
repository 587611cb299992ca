"""The files in deploy/ do what they say: nginx is real, what stands behind it is a listener."""

import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway import ask, listener, nginx

ROOT = Path(__file__).parent.parent
TOKEN = "q" * 43


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run nginx with our file; return its port and its log."""
    folder = tmp_path_factory.mktemp("nginx")
    with listener() as web, listener() as overlay:
        swaps = {"127.0.0.1:8000": f"127.0.0.1:{web}", "127.0.0.1:8027": f"127.0.0.1:{overlay}"}
        with nginx(folder, ["waddlebot.conf"], swaps) as port:
            yield port, folder / "waddlebot.log"


def get(port: int, host: str, path: str, **headers: str) -> str:
    return ask(port, host, path, headers=headers)[1]


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


@pytest.mark.parametrize(
    ("path", "status"), [("/labels/v1/assignments/import", 200), ("/router/v1/events", 413)]
)
def test_nginx_lets_only_imports_be_long(
    gateway: tuple[int, Path], path: str, status: int
) -> None:
    port, _ = gateway
    # Its end never comes: whoever waits for it before passing on would not answer.
    headers = {"Content-Length": str(2 * 1024**3)}

    response, _ = ask(port, "bot.example.org", path, method="POST", headers=headers, body=b"x")

    assert response.status == status


def test_nginx_passes_sockets_on(gateway: tuple[int, Path]) -> None:
    port, _ = gateway

    told = get(port, "overlay.example.org", "/", Upgrade="websocket", Connection="Upgrade")

    assert "Upgrade: websocket\n" in told
    assert "Connection: upgrade\n" in told


def test_nginx_logs_no_token(gateway: tuple[int, Path]) -> None:
    port, log = gateway

    get(port, "overlay.example.org", f"/browser/source/{TOKEN}/ticker")
    get(port, "bot.example.org", f"/identity/v1/exports/{TOKEN}")
    get(port, "bot.example.org", f"/identity/v1/erasures/{TOKEN}")
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
