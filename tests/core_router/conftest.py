"""The two doors of the event endpoints, and the rookery's channel."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import RequestFactory

from core_router.models import Entity
from identity.models import Community, User
from tests import make
from waddlebot.wsgi import with_fast_path


@dataclass
class Said:
    """An answer of either door."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Door:
    """Speaks WSGI to the endpoint, as a server does."""

    def __init__(self, app: Callable[..., Any], key: str) -> None:
        self.app = app
        self.key = key

    def get(self, path: str, *, key: str | None = None) -> Said:
        return self.send(RequestFactory().get(path).environ, key=key)

    def post(
        self,
        path: str,
        data: Any,
        *,
        key: str | None = None,
        content_type: str = "application/json",
        **headers: str,
    ) -> Said:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        environ = RequestFactory().post(path, body, content_type=content_type).environ
        named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return self.send(environ | named, key=key)

    def send(self, environ: dict[str, Any], *, key: str | None = None) -> Said:
        if given := self.key if key is None else key:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {given}"
        # The test's own transaction must outlive a request, which closes what it used.
        request_started.disconnect(close_old_connections)
        request_finished.disconnect(close_old_connections)
        told: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            told.update(status=int(status[:3]), headers=dict(headers))

        return Said(body=b"".join(self.app(environ, start_response)), **told)

    def say(self, text: str, **event: Any) -> Any:
        """Send a chat line and return the answer."""
        said = self.post("/router/v1/events", line(text, **event))
        assert said.status == 200, said.body
        return said.json()


def line(text: str = "", **event: Any) -> dict[str, Any]:
    return {
        "platform": "twitch",
        "server_id": "rookery",
        "user_id": "42",
        "user_name": "bob",
        "message_type": "chatMessage",
        "message_content": text,
        **event,
    }


@pytest.fixture
def channel(rookery: Community) -> Entity:
    return make.entity(rookery)


@pytest.fixture
def collector(alice: User, rookery: Community) -> str:
    return make.key(alice, scopes=["events:write"], place=rookery)


@pytest.fixture(params=["fast path", "django"])
def door(request: pytest.FixtureRequest, channel: Entity, collector: str) -> Door:
    django = get_wsgi_application()
    return Door(with_fast_path(django) if request.param == "fast path" else django, collector)
