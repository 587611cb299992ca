"""Whose address a request has when gateways stand between."""

import ipaddress
from typing import Any

import pytest
from django.test import RequestFactory

from waddlebot.lib.proxies import client_behind
from waddlebot.wsgi import application

OURS = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("127.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("127.0.0.1", "unknown", ""),
        ("127.0.0.1", "127.0.0.1, <script>", ""),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_nearest_that_is_no_gateway_of_ours_is_the_client(
    peer: str, chain: str, client: str
) -> None:
    assert client_behind(peer, chain, OURS) == client


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/metrics", "/health/detailed"])
def test_a_gateway_on_the_same_machine_opens_no_inner_door(path: str) -> None:
    status: list[str] = []
    environ = RequestFactory().get(path, headers={"X-Forwarded-For": "203.0.113.9"}).environ

    def start_response(line: str, *_: object) -> Any:
        status.append(line)

    list(application(environ, start_response))

    assert status == ["403 Forbidden"]
