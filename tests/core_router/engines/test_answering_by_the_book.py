"""The module and the collector of docs/answering-later.md, run as they stand there."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.data import EngineType, EngineWish
from core_router.models import OutgoingAction
from core_router.operations.commands import CommandWish, add_command
from identity.models import Community, User
from tests import make
from tests.browser_sources.server import OverlayServer, PortalServer, free_port
from tests.core_router.conftest import line
from waddlebot.cli import main
from waddlebot.demo import build

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = Path(__file__).parents[3] / "docs" / "answering-later.md"
MODULE, COLLECTOR = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)


@contextmanager
def running(code: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(  # noqa: S603 - our own page
        [sys.executable, "-c", code],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        yield process
        process.kill()


@pytest.fixture
def web(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PortalServer]:
    settings.ENGINE_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("ENGINE_ALLOWED_HOSTS", "127.0.0.1")
    server = PortalServer(tmp_path / "web.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def overlay(tmp_path: Path) -> Iterator[OverlayServer]:
    server = OverlayServer(tmp_path / "overlay.log")
    server.start()
    yield server
    server.stop()


def tea(place_id: int, port: int) -> None:
    engine = EngineWish(EngineType.WEBHOOK, f"http://127.0.0.1:{port}/")
    wish = CommandWish(name="tea", prefix="#", engine=engine)
    add_command(community_id=place_id, wish=wish, actor="test", now=timezone.now())


def test_what_is_answered_later_reaches_the_collector(
    web: PortalServer, overlay: OverlayServer, alice: User, rookery: Community
) -> None:
    port, key = free_port(), make.key(alice, place=rookery)
    entity = make.entity(rookery).key
    tea(rookery.pk, port)
    around = {"WADDLEBOT": web.url, "OVERLAY": overlay.url, "PORT": str(port)}

    with running(MODULE, **around), running(COLLECTOR, **around, KEY=key, ENTITY=entity) as reader:
        event = httpx.post(
            f"{web.url}/router/v1/events",
            json=line("#tea"),
            headers={"X-API-Key": key},
            timeout=30,
        )
        heard = reader.stdout.readline() if reader.stdout else ""

    assert event.json()["outcome"] == "pending"
    assert heard == "chat Tea for bob is ready.\n"
    assert OutgoingAction.objects.count() <= 1


def test_the_chat_console_shows_what_is_answered_later(
    web: PortalServer,
    overlay: OverlayServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = free_port()
    settings.PUBLIC_URL, settings.OVERLAY_URL = web.url, overlay.url
    tea(int(build(now=timezone.now()).community["id"]), port)
    monkeypatch.setattr("sys.stdin", io.StringIO("#tea\n!hug\n"))

    with running(MODULE, WADDLEBOT=web.url, PORT=str(port)):
        main(["chat"])

    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("bot>")]
    assert said == ["bot> alice hugs alice. That is hug number 1.", "bot> Tea for alice is ready."]
    assert not OutgoingAction.objects.exists()
