import gzip
import ssl
import threading
import time
from collections.abc import Sequence

import pytest
from pytest_django import Settings

from tests.lib.certificates import self_signed
from tests.lib.servers import dripping, saying, server
from waddlebot.lib import connections, http
from waddlebot.lib.addresses import is_public
from waddlebot.lib.errors import InvalidError

HOST = "hook.example"
HEAD = b"HTTP/1.1 200 OK\r\n"


def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.fixture
def friend(settings: Settings) -> None:
    settings.ENGINE_ALLOWED_HOSTS = [HOST]


@pytest.mark.usefixtures("friend")
def test_a_reply_comes_back_whole() -> None:
    with server(saying("201 Created", b'{"a": 1}', X_Kind="test")) as (port, requests):
        reply = http.send("POST", f"http://{HOST}:{port}/in?x=1", body=b"hi", resolver=here)

    assert (reply.status, reply.headers["x-kind"], reply.body) == (201, "test", b'{"a": 1}')
    assert requests[0].startswith(b"POST /in?x=1 HTTP/1.1\r\n")
    assert f"Host: {HOST}:{port}".encode() in requests[0]


@pytest.mark.usefixtures("friend")
def test_a_redirect_is_not_followed() -> None:
    with server(saying("302 Found")) as (target, asked):
        elsewhere = saying("302 Found", Location=f"http://127.0.0.1:{target}/")
        with server(elsewhere) as (port, _):
            reply = http.send("GET", f"http://{HOST}:{port}/", resolver=here)

    assert (reply.status, asked) == (302, [])


@pytest.mark.usefixtures("friend")
@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),
        (b"", b"H"),
        (HEAD + b"X-A: b", b"b"),
        (HEAD + b"Content-Length: 9999\r\n\r\n", b"b"),
    ],
    ids=["silent", "slow status", "slow header", "slow body"],
)
def test_a_slow_server_is_left_in_time(first: bytes, drop: bytes) -> None:
    stop, started = threading.Event(), time.monotonic()
    with server(dripping(first, drop, stop)) as (port, _), pytest.raises(http.TimedOutError):
        http.send("GET", f"http://{HOST}:{port}/", timeout_s=0.4, resolver=here)
    stop.set()

    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("friend")
def test_a_huge_reply_is_not_read_to_its_end() -> None:
    with (
        server(saying("200 OK", b"a" * 10_000_000)) as (port, _),
        pytest.raises(http.ReplyTooLargeError),
    ):
        http.send("GET", f"http://{HOST}:{port}/", max_bytes=1000, resolver=here)


@pytest.mark.usefixtures("friend")
def test_a_bomb_does_not_unfold() -> None:
    bomb = gzip.compress(b"a" * 100_000_000)

    with (
        server(saying("200 OK", bomb, Content_Encoding="gzip")) as (port, _),
        pytest.raises(http.ReplyTooLargeError),
    ):
        http.send("GET", f"http://{HOST}:{port}/", resolver=here)


@pytest.mark.usefixtures("friend")
def test_a_compressed_reply_is_unfolded() -> None:
    packed = gzip.compress(b"hello " * 1000)

    with server(saying("200 OK", packed, Content_Encoding="gzip")) as (port, _):
        reply = http.send("GET", f"http://{HOST}:{port}/", resolver=here)

    assert reply.body == b"hello " * 1000


@pytest.mark.usefixtures("friend")
@pytest.mark.parametrize(
    "answer",
    [
        saying("200 OK", b"no gzip", Content_Encoding="gzip"),
        saying("200 OK", b"?", Content_Encoding="br"),
        lambda stream, _: stream.sendall(b"this is not HTTP\r\n\r\n"),
        lambda stream, _: stream.close(),
    ],
    ids=["broken gzip", "unknown encoding", "no http", "hangs up"],
)
def test_nonsense_is_one_error_that_says_nothing(answer: object) -> None:
    with server(answer) as (port, _), pytest.raises(http.OutboundError) as caught:  # type: ignore[arg-type]
        http.send("GET", f"http://{HOST}:{port}/", resolver=here)

    assert str(caught.value) == "The address did not answer."
    assert caught.value.__suppress_context__


def test_only_https_leaves_the_house(settings: Settings) -> None:
    settings.ENGINE_ALLOWED_HOSTS = []

    with pytest.raises(http.AddressRefusedError):
        http.send("GET", f"http://{HOST}/", resolver=lambda *_: ["93.184.216.34"])


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@hook.example/",
        "https:///nowhere",
        "file:///etc/passwd",
        "gopher://hook.example/",
        "https://hook.example:99999/",
        "https://hook.example/a b",
        "https://hook.example/a\r\nHost: other",
        "https://hook.example/" + "a" * 2000,
        "https://[::1",
        "",
    ],
)
def test_an_address_must_be_plain(url: str) -> None:
    with pytest.raises(InvalidError):
        http.check_url(url)


def test_a_plain_address_is_fine() -> None:
    http.check_url("https://hook.example:8443/a?b=c")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"]])
def test_every_address_of_a_name_must_be_public(addresses: list[str]) -> None:
    with pytest.raises(http.AddressRefusedError):
        http.send("GET", f"https://{HOST}/", resolver=lambda *_: addresses)


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "localhost"]
)
def test_other_spellings_of_home_are_home(name: str) -> None:
    with pytest.raises(http.AddressRefusedError):
        http.send("GET", f"https://{name}/")


def test_a_name_that_changes_its_mind_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    called: list[str] = []

    def connect(place: tuple[str, int], **_: object) -> None:
        called.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(connections, "connect", connect)
    with pytest.raises(http.OutboundError):
        http.send("GET", f"https://{HOST}/", resolver=lambda *_: next(answers))

    assert called == ["93.184.216.34"]


def test_a_name_nobody_knows_is_unreachable() -> None:
    def nobody(*_: object) -> Sequence[str]:
        raise OSError("secret resolver")

    with pytest.raises(http.OutboundError) as caught:
        http.send("GET", f"https://{HOST}/", resolver=nobody)

    assert caught.value.code == "unreachable"


@pytest.mark.usefixtures("friend")
def test_the_certificate_must_be_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = self_signed(HOST), self_signed("other.example")
    trust = ssl.create_default_context(cadata=ours.pem + theirs.pem)
    monkeypatch.setattr(connections, "tls", lambda: trust)

    with server(saying("200 OK", b"hi"), ours.server_context()) as (port, _):
        assert http.send("GET", f"https://{HOST}:{port}/", resolver=here).body == b"hi"
    with server(saying("200 OK"), theirs.server_context()) as (port, requests):
        with pytest.raises(http.OutboundError):
            http.send("GET", f"https://{HOST}:{port}/", resolver=here)
        assert requests == []


@pytest.mark.parametrize(
    "address",
    [
        "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
        "172.16.0.1", "192.0.0.1", "192.0.0.9", "192.0.0.10", "192.0.2.1", "192.88.99.1",
        "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "233.252.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "not an address", "",
    ],
)  # fmt: skip
def test_a_special_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]
)
def test_an_ordinary_address_is_public(address: str) -> None:
    assert is_public(address)
