"""Modules that do everything wrong: the command ends in time, and says whose fault it was."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Final

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.engines.breaker import forget_failures
from core_router.models import Command, CommandExecution, EngineCall, EventDelivery, OutgoingAction
from core_router.pipeline.couriers import deliver
from tests.client import Api
from tests.core_router.conftest import Door, line
from tests.core_router.engines.server import Asked, ModuleServer, Told, says
from tests.lib.servers import Behaviour, dripping, saying, server

pytestmark = pytest.mark.django_db

Add = Callable[..., Command]
Open = Callable[[Behaviour], str]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
JSON = {"Content_Type": "application/json"}
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture
def opened(settings: Settings) -> Iterator[Open]:
    """Return what opens a server that behaves so, and tells its address."""
    settings.ENGINE_ALLOWED_HOSTS = ["127.0.0.1"]
    forget_failures()
    with ExitStack() as open_ones:

        def start(behave: Behaviour) -> str:
            port, _ = open_ones.enter_context(server(behave))
            return f"http://127.0.0.1:{port}/"

        yield start


def failure_of(door: Door) -> tuple[str, str]:
    """Ask `#hello`, and return why it failed."""
    answer = door.say("#hello")
    row = CommandExecution.objects.get(pk=answer["execution_id"])
    (said,) = answer["actions"]
    assert said["text"] == "Sorry, that command does not answer right now."
    assert (answer["outcome"], row.status, row.reason) == (
        "failed", "failed", answer["reason"]["code"],
    )  # fmt: skip
    assert not EngineCall.objects.exists()
    return row.reason, row.detail


@pytest.mark.parametrize(
    ("first", "drop"),
    [(b"", b""), (b"", b"H"), (HEAD, b"X-A: b\r\n"), (HEAD + b"Content-Length: 9\r\n\r\n", b"")],
    ids=["silent", "status", "headers", "body"],
)
def test_who_drips_is_left_when_the_time_is_over(
    first: bytes, drop: bytes, opened: Open, door: Door, hello: Add
) -> None:
    stop = threading.Event()
    hello(target=opened(dripping(first, drop, stop)), timeout_s=0.3)

    code, _ = failure_of(door)
    stop.set()

    assert code == "timed_out"
    assert CommandExecution.objects.get().duration_ms < 2000


BOMB = gzip.compress(b"a" * 50_000_000)


NONSENSE: Final[Mapping[str, tuple[str, Behaviour]]] = {
    "10 MB": ("reply_too_large", saying("200 OK", b"a" * 10_000_000, **JSON)),
    "bomb": ("reply_too_large", saying("200 OK", BOMB, Content_Encoding="gzip", **JSON)),
    "bomb in a bomb": (
        "invalid_answer",
        saying("200 OK", gzip.compress(BOMB), Content_Encoding="gzip", **JSON),
    ),
    "depths": ("invalid_answer", saying("200 OK", b"[" * 200_000, **JSON)),
    "half a character": ("invalid_answer", saying("200 OK", b'{"text": "\\ud800"}', **JSON)),
    "no UTF-8": ("invalid_answer", saying("200 OK", b'{"text": "\xff"}', **JSON)),
    "number": ("invalid_answer", saying("200 OK", b'{"text": ' + b"9" * 5000 + b"}", **JSON)),
    "page": ("invalid_answer", saying("200 OK", b"<html>", Content_Type="text/html")),
    "found": ("redirected", saying("302 Found", Location=METADATA)),
    "temporary": ("redirected", saying("307 Temporary Redirect", Location=METADATA)),
    "switched": ("unreachable", saying("101 Switching Protocols", Upgrade="websocket")),
    "cut": ("unreachable", lambda line, _: line.sendall(HEAD + b"Content-Length: 99\r\n\r\n{")),
    "no status": ("unreachable", lambda line, _: line.sendall(b"HTTP/1.1 200\0OK\r\n\r\n")),
    "SSH": ("unreachable", lambda line, _: line.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")),
    "long header": ("unreachable", lambda line, _: line.sendall(HEAD + b"X: " + b"a" * 1_000_000)),
    "hangs up": ("unreachable", lambda line, _: line.close()),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_what_is_no_answer_is_named(name: str, opened: Open, door: Door, hello: Add) -> None:
    code, behave = NONSENSE[name]
    hello(target=opened(behave), timeout_s=0.5)

    assert failure_of(door)[0] == code


def test_a_redirect_leads_nowhere(opened: Open, door: Door, hello: Add) -> None:
    with server(saying("200 OK", b'{"text": "Caught!"}', **JSON)) as (port, asked):
        trap = f"http://127.0.0.1:{port}/"
        hello(target=opened(saying("308 Permanent Redirect", Location=trap)))

        code, detail = failure_of(door)

    assert (code, asked) == ("redirected", [])
    assert trap not in detail


def test_nothing_a_module_says_is_told_as_the_reason(opened: Open, door: Door, hello: Add) -> None:
    hello(target=opened(saying("500 Internal Server Error", b"canary", X_Canary="canary")))

    assert "canary" not in str(failure_of(door))


def test_two_answers_on_one_line_are_one_and_the_next_call_has_its_own(
    opened: Open, door: Door, hello: Add
) -> None:
    numbers = iter(range(1, 10))

    def twice(stream: object, _: bytes) -> None:
        body = json.dumps({"text": f"call {next(numbers)}"}).encode()
        one = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        stream.sendall(one + one.replace(b"call", b"lies"))  # type: ignore[attr-defined]

    hello(target=opened(twice))

    said = [door.say("#hello")["actions"][0]["text"] for _ in range(3)]

    assert said == ["call 1", "call 2", "call 3"]


@pytest.mark.parametrize("about", ["01900000-0000-7000-8000-000000000000", "", 7, ["x"]])
def test_an_answer_to_another_call_is_not_taken(
    about: object, door: Door, hello: Add, module: ModuleServer
) -> None:
    hello()
    module.say = says({"text": "For somebody else.", "execution_id": about})

    code, detail = failure_of(door)

    assert code == "another_call"
    assert "another call's" in detail


def test_an_answer_may_name_its_call(door: Door, hello: Add, module: ModuleServer) -> None:
    hello()

    def say(asked: Asked) -> Told:
        named = asked.json()["execution_id"].upper()
        return Told(body=json.dumps({"text": "Hi!", "execution_id": named}).encode())

    module.say = say

    assert door.say("#hello")["outcome"] == "executed"


def test_who_was_too_slow_does_not_answer_later(
    door: Door, hello: Add, module: ModuleServer
) -> None:
    hello(timeout_s=0.2)
    stop = threading.Event()
    module.say = lambda _: Told(body=json.dumps({"text": str(stop.wait(5))}).encode())

    code, _ = failure_of(door)
    sent = module.asked[0].json()
    stop.set()
    late = Api(sent["response_token"]).post(
        "/router/v1/responses",
        {"execution_id": sent["execution_id"], "session_id": sent["session_id"], "text": "Late!"},
    )

    assert (code, late.status_code, late.json()["code"]) == ("timed_out", 409, "already_answered")
    assert not OutgoingAction.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost/", "https://127.1/", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/",
        "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::a9fe:a9fe]/",
        "https://169.254.169.254/latest/", "https://[fd00:ec2::254]/", "https://0/",
        "https://0177.0.0.1/", "https://127.0.0.1./",
    ],
)  # fmt: skip
def test_an_address_in_here_is_never_called(
    address: str, settings: Settings, door: Door, hello: Add
) -> None:
    settings.ENGINE_ALLOWED_HOSTS = []
    hello(target=address, timeout_s=0.5)

    code, detail = failure_of(door)

    assert code in {"address_refused", "unreachable"}
    assert address not in detail


def test_a_name_that_turns_to_loopback_between_two_tries_is_refused(
    door: Door, hello: Add, module: ModuleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])
    called: list[str] = []

    def resolved(_: str, port: int, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (next(answers), port))]

    def nobody_is_there(place: tuple[str, int], **_: object) -> None:
        called.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.getaddrinfo", resolved)
    monkeypatch.setattr("waddlebot.lib.connections.connect", nobody_is_there)
    hello(target=f"https://rebind.example:{module.server_port}/")

    code, _ = failure_of(door)

    assert (code, called, module.asked) == ("address_refused", ["93.184.216.34"], [])


def test_a_hook_is_told_by_the_same_rules(
    opened: Open, door: Door, api: Api, module: ModuleServer
) -> None:
    engine = {"type": "webhook", "url": opened(saying("302 Found", Location=module.url))}
    api.post(
        "/router/v1/communities/rookery/event-hooks",
        {"message_types": ["follow"], "engine": engine},
    )
    door.post("/router/v1/events", line(message_type="follow"))

    deliver(clock=timezone.now)

    delivery = EventDelivery.objects.get()
    assert (delivery.state, delivery.reason, module.asked) == ("queued", "redirected", [])
