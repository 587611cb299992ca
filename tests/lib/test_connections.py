"""A connection is used again where that is safe, and nowhere else."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from tests.lib.certificates import self_signed
from tests.lib.servers import server
from waddlebot.lib import connections, http, resolving
from waddlebot.lib import kept as keeping

HOST, OTHER = "hook.example", "other.example"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.fixture(autouse=True)
def _alone(settings: Settings) -> Iterator[None]:
    settings.ENGINE_ALLOWED_HOSTS = [HOST, OTHER]
    keeping.kept.close()
    yield
    keeping.kept.close()


@contextmanager
def patient(*answers: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[int]]]:
    """Yield the port of a server that answers so on each connection, and how often it did."""
    asked: list[int] = []

    def serve(stream: socket.socket, first: bytes) -> None:
        asked.append(0)
        line, data = len(asked) - 1, first
        for answer in answers:
            if not data:
                return
            asked[line] += 1
            if not answer:
                return
            stream.sendall(answer)
            data = stream.recv(65536)

    with server(serve, tls) as (port, _):
        yield port, asked


def get(port: int, host: str = HOST, scheme: str = "http", **rest: object) -> bytes:
    given: dict[str, object] = {"resolver": here} | rest
    return http.send("POST", f"{scheme}://{host}:{port}/", body=b"x", **given).body  # type: ignore[arg-type]


def test_the_second_request_goes_over_the_first_ones_connection() -> None:
    with patient(OK, OK, OK) as (port, asked):
        replies = [get(port) for _ in range(3)]

    assert (replies, asked) == ([b"hi"] * 3, [3])


def test_another_name_never_uses_it_even_at_the_same_address() -> None:
    with patient(OK, OK) as (port, asked):
        get(port)
        get(port, OTHER)

    assert asked == [1, 1]


def test_a_connection_whose_server_hung_up_is_replaced() -> None:
    with patient(OK) as (port, asked):
        replies = [get(port) for _ in range(3)]

    assert (replies, asked) == ([b"hi"] * 3, [1, 1, 1])


def test_a_request_that_meets_a_hang_up_is_sent_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections.Connection, "is_quiet", lambda _: True)

    with patient(OK, b"") as (port, asked):
        replies = [get(port) for _ in range(2)]

    assert (replies, asked) == ([b"hi"] * 2, [2, 1])


def test_one_that_was_answered_in_part_is_not_sent_again() -> None:
    with patient(OK, OK[:20]) as (port, asked):
        get(port)
        with pytest.raises(http.OutboundError):
            get(port)

    assert asked == [2]


def test_what_was_said_unasked_answers_nobody() -> None:
    with patient(OK + OK.replace(b"hi", b"no"), OK) as (port, asked):
        replies = [get(port) for _ in range(2)]

    assert b"no" not in replies
    assert asked == [1, 1]


@pytest.mark.parametrize(
    "answer",
    [OK.replace(b"200 OK", b"200 OK\r\nConnection: close"), OK.replace(b"HTTP/1.1", b"HTTP/1.0")],
    ids=["close", "HTTP/1.0"],
)
def test_who_will_hang_up_is_not_asked_again(answer: bytes) -> None:
    with patient(answer, answer) as (port, asked):
        get(port)
        get(port)

    assert asked == [1, 1]


def test_a_name_that_leads_elsewhere_meanwhile_takes_no_old_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolving, "KNOWN_S", 0.0)
    changing = _Changing(iter([["127.0.0.1"], ["127.0.0.2"]]))

    with patient(OK, OK) as (port, asked):
        get(port, resolver=changing)
        with pytest.raises(http.OutboundError):
            get(port, resolver=changing)

    assert asked == [1]


class _Changing:
    def __init__(self, answers: Iterator[Sequence[str]]) -> None:
        self.answers = answers

    def __call__(self, _host: str, _port: int) -> Sequence[str]:
        return next(self.answers)


def test_a_name_that_leads_home_later_is_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(resolving, "KNOWN_S", 0.0)
    settings.ENGINE_ALLOWED_HOSTS = []
    changing = _Changing(iter([["93.184.216.34"], ["127.0.0.1"]]))
    tried: list[str] = []

    def connect(place: tuple[str, int], **_: object) -> None:
        tried.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(connections, "connect", connect)
    with pytest.raises(http.OutboundError):
        get(443, scheme="https", resolver=changing)
    with pytest.raises(http.AddressRefusedError):
        get(443, scheme="https", resolver=changing)

    assert tried == ["93.184.216.34"]


def test_a_host_that_is_allowed_no_more_is_refused_at_once(settings: Settings) -> None:
    with patient(OK, OK) as (port, asked):
        get(port)
        settings.ENGINE_ALLOWED_HOSTS = []
        with pytest.raises(http.AddressRefusedError):
            get(port)

    assert asked == [1]


def test_over_tls_each_name_shows_its_own_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = self_signed(HOST)
    trust = ssl.create_default_context(cadata=ours.pem)
    monkeypatch.setattr(connections, "tls", lambda: trust)

    with patient(OK, OK, tls=ours.server_context()) as (port, asked):
        replies = [get(port, scheme="https") for _ in range(2)]
        with pytest.raises(http.OutboundError):
            get(port, OTHER, scheme="https")

    assert replies == [b"hi"] * 2
    assert sum(asked) == 2


def test_only_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 1)

    with patient(OK, OK) as (one, _), patient(OK, OK) as (two, asked):
        get(one)
        get(two)
        get(two)

    assert asked == [1, 1]


def test_what_waits_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEPT_S", 0.0)

    with patient(OK, OK) as (port, asked):
        get(port)
        get(port)

    assert asked == [1, 1]
