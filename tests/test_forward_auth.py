"""nginx in front of somebody's tool lets in whom the real WaddleBot knows, and says who it is."""

from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from identity.models import ApiKey, User
from tests import make
from tests.gateway import ask, listener, nginx

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(live_server: LiveServer, settings: Any, tmp_path: Path) -> Iterator[int]:
    settings.ALLOWED_HOSTS = ["bot.example.org"]
    with listener() as overlay, listener() as tool:
        swaps = {
            "127.0.0.1:8000": live_server.url.removeprefix("http://"),
            "127.0.0.1:8027": f"127.0.0.1:{overlay}",
            "127.0.0.1:9000": f"127.0.0.1:{tool}",
        }
        with nginx(tmp_path, ["waddlebot.conf", "forward-auth.conf"], swaps) as port:
            yield port


@pytest.fixture
def alice(transactional_db: None) -> User:
    return make.user("alice")


def knock(port: int, method: str = "GET", **headers: str) -> tuple[int, Message]:
    """Return the status, and the headers that reached the tool."""
    sent = {name.replace("__", "-"): value for name, value in headers.items()}
    response, text = ask(port, "tool.example.org", "/x", method=method, headers=sent)
    told = text.partition("\n")[2] if response.status == 200 else ""
    return response.status, Parser().parsestr(told)


def names(told: Message) -> set[str]:
    return {name.lower().replace("_", "-") for name in told}


@pytest.mark.parametrize("header", ["X__API__Key", "Authorization"])
def test_the_right_key_is_let_in_and_named(port: int, alice: User, header: str) -> None:
    full = make.key(alice, scopes=["router:read"])
    value = full if header == "X__API__Key" else f"Bearer {full}"

    status, told = knock(port, "POST", **{header: value})

    assert status == 200
    assert told["X-Consumer-Id"] == alice.public_id
    assert told["X-Consumer-Key-Id"] == full[3:15]
    assert told["X-Consumer-Scopes"] == "router:read"
    assert not {"authorization", "x-api-key", "cookie"} & names(told)


def test_nobody_else_is_let_in(port: int, alice: User) -> None:
    revoked = make.key(alice, scopes=["router:read"])
    ApiKey.objects.update(expires_at="2020-01-01T00:00:00Z")
    weak = make.key(alice, scopes=["labels:read"])

    assert knock(port)[0] == 401
    assert knock(port, X__API__Key=f"{weak[:-1]}!")[0] == 401
    assert knock(port, X__API__Key=revoked)[0] == 401
    assert knock(port, X__API__Key=weak)[0] == 403


def test_who_hurries_is_told_when_to_come_back(port: int, alice: User) -> None:
    full = make.key(alice, scopes=["router:read"], requests_per_minute=1)
    assert knock(port, X__API__Key=full)[0] == 200

    refused, _ = ask(port, "tool.example.org", "/x", headers={"X-API-Key": full})

    assert refused.status == 403
    assert int(refused.headers["Retry-After"]) > 0


SPOOFED = [
    "X-Consumer-Id", "x-consumer-id", "X_Consumer_Id", "x_consumer-id", "X-CONSUMER-SCOPES",
    "X_Consumer_Scopes", "X-Consumer-Community", "X-Consumer-Key-Id", "X-Consumer-Username",
    "X-Consumer-Custom-ID", "X-Consumer-Groups", "X-Consumer.Id", "X-Anonymous-Consumer",
]  # fmt: skip


@pytest.mark.parametrize("name", SPOOFED)
def test_what_a_client_says_of_itself_never_arrives(port: int, alice: User, name: str) -> None:
    full = make.key(alice, scopes=["router:read"])

    response, text = ask(
        port, "tool.example.org", "/x", headers={"X-API-Key": full, name: "spoofed"}
    )

    assert response.status == 200
    assert "spoofed" not in text
    assert text.lower().count("x-consumer-id: ") == 1


@pytest.mark.parametrize("name", SPOOFED)
def test_saying_so_lets_nobody_in(port: int, name: str) -> None:
    response, _ = ask(port, "tool.example.org", "/x", headers={name: "spoofed"})

    assert response.status == 401


def test_a_session_is_let_in_to_read(port: int, alice: User) -> None:
    browser = Client()
    browser.force_login(alice)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"

    status, told = knock(port, Cookie=cookie)
    assert status == 200
    assert told["X-Consumer-Id"] == alice.public_id
    assert "x-consumer-key-id" not in names(told)
    assert knock(port, "POST", Cookie=cookie)[0] == 403
    assert knock(port, "POST", Cookie=cookie, X__Forwarded__Method="GET")[0] == 403


def test_the_inner_address_is_no_address(port: int, alice: User) -> None:
    full = make.key(alice, scopes=["router:read"])

    inner, _ = ask(port, "tool.example.org", "/_waddlebot", headers={"X-API-Key": full})

    assert inner.status == 404
