"""What only real processes can show."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from browser_sources import api as overlays
from browser_sources.models import OverlayItem
from identity.models import Community
from tests.browser_sources.server import OverlayServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def running(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OverlayServer]:
    server = OverlayServer(tmp_path_factory.mktemp("server") / "overlay.log")
    yield server
    server.kill()


@pytest.fixture
def server(running: OverlayServer) -> OverlayServer:
    running.start()
    return running


@pytest.fixture
def path(rookery: Community) -> str:
    urls = overlays.ensure_sources(community_id=rookery.pk, now=timezone.now())
    return urls["ticker"].removeprefix("http://127.0.0.1:8027")


def open_page(server: OverlayServer, path: str) -> ClientConnection:
    address = server.url.replace("http", "ws") + path.replace("/source/", "/ws/")
    return connect(address, origin=Origin(server.url))


def hear(page: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(page.recv(timeout=5))
    return message


def show(rookery: Community, text: str, duration_s: float = 60) -> None:
    action = {"type": "ticker", "text": text, "duration_s": duration_s}
    overlays.show(community_id=rookery.pk, action=action, now=timezone.now())


def test_after_a_kill_the_page_finds_what_was_shown(
    server: OverlayServer, path: str, rookery: Community
) -> None:
    with open_page(server, path) as page:
        hear(page)
        show(rookery, "still here")
        told = hear(page)
        server.kill()
    server.start()

    with open_page(server, path) as page:
        assert hear(page)["current"] == told["item"]


def test_a_server_that_stops_says_that_it_restarts(server: OverlayServer, path: str) -> None:
    with open_page(server, path) as page:
        hear(page)
        server.stop()

        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=5)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


def test_two_servers_show_each_item_once(
    server: OverlayServer, path: str, rookery: Community, tmp_path: Path
) -> None:
    other = OverlayServer(tmp_path / "other.log")
    other.start()
    with open_page(server, path) as here, open_page(other, path) as there:
        hear(here), hear(there)
        for number in range(3):
            show(rookery, str(number), duration_s=1)

        heard = [[hear(page) for _ in range(4)] for page in (here, there)]
    other.kill()

    assert heard[0] == heard[1]
    assert [told["type"] for told in heard[0]] == ["show", "show", "show", "hide"]
    assert [told["item"]["text"] for told in heard[0][:3]] == ["0", "1", "2"]
    assert OverlayItem.objects.filter(state="done").count() == 3


def test_no_token_is_ever_logged(server: OverlayServer, path: str) -> None:
    guess = "g" * 43

    with open_page(server, path) as page:
        hear(page)
    httpx.get(server.url + path)
    httpx.get(f"{server.url}/browser/source/{guess}/ticker")
    server.stop()

    log = server.log.read_text()
    assert path.split("/")[3] not in log
    assert guess not in log
