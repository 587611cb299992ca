"""What every platform keeps, also the one that is added tomorrow."""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from tests.platforms.servers import (
    DiscordServer,
    PlatformServer,
    SlackServer,
    TwitchServer,
    hangs_up,
    is_silent,
    says,
)
from tests.platforms.servers.base import Trouble
from waddlebot.lib.http import OutboundError
from waddlebot.lib.logging import formatter
from waddlebot.platforms import (
    PLATFORMS,
    Capability,
    Outcome,
    Platform,
    direct_message_platforms,
    platform,
)

SERVERS: dict[str, tuple[type[PlatformServer], str]] = {
    "twitch": (TwitchServer, "42"),
    "discord": (DiscordServer, "100000000000000042"),
    "slack": (SlackServer, "U042"),
}
NAMES = {"twitch": "alice"}
TEXT = "canary text K7QM2X"


@dataclass(frozen=True)
class Stage:
    platform: Platform
    server: PlatformServer
    account_id: str

    @property
    def name(self) -> str:
        return NAMES.get(self.platform.slug, self.account_id)


@pytest.fixture(params=PLATFORMS)
def stage(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Stage]:
    kind, account_id = SERVERS[request.param]
    with kind() as server:
        server.configure(settings)
        yield Stage(PLATFORMS[request.param], server, account_id)


PASSING: dict[str, Trouble] = {
    "500": says(500, b"<html>"),
    "502": says(502),
    "503": says(503, {"a": 1}, Retry_After="7"),
    "429": says(429),
    "429 with nonsense": says(429, {"retry_after": "soon"}, Retry_After="NaN"),
    "a redirect": says(302, None, Location="http://127.0.0.1/"),
    "too much": says(200, b"[" * 1_000_000),
    "a cut connection": hangs_up,
    "silence": is_silent,
}
GARBAGE: dict[str, Trouble] = {
    "no json": says(200, b"{"),
    "too deep": says(200, b"[" * 100_000),
    "a list": says(200, [1]),
    "null": says(200, b"null"),
    "wrong shapes": says(200, {"ok": True, "id": 7, "channel": [], "data": 1, "user": 1}),
    "wrong shapes within": says(200, {"data": [[]], "user": {"id": {}}, "channel": {"id": []}}),
    "half a letter": says(200, b'{"id": "\\ud800", "ok": "yes", "error": "\\ud800"}'),
    "a refusal without words": says(400, b"\xff\xfe"),
    "a refusal of lists": says(403, {"code": [], "message": {}, "error": []}),
    "a teapot": says(418),
}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_tried_again(
    stage: Stage, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waddlebot.platforms.client.TIMEOUT_S", 0.4)
    stage.server.trouble = trouble

    delivery = stage.platform.send_direct_message(account_id=stage.account_id, text=TEXT)

    assert delivery.outcome is Outcome.RETRY
    assert delivery.code


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING.keys())
def test_a_look_up_says_that_the_platform_is_away(
    stage: Stage, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waddlebot.platforms.client.TIMEOUT_S", 0.4)
    stage.server.trouble = trouble

    with pytest.raises(OutboundError) as caught:
        stage.platform.find_account(stage.name)

    assert "canary" not in repr(caught.value)


@pytest.mark.parametrize("trouble", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_an_outcome(stage: Stage, trouble: Trouble) -> None:
    stage.server.trouble = trouble

    delivery = stage.platform.send_direct_message(account_id=stage.account_id, text=TEXT)

    # Twitch says yes by its status alone.
    assert delivery.outcome in {Outcome.FAILED, Outcome.RETRY} or stage.platform.slug == "twitch"


@pytest.mark.parametrize("trouble", GARBAGE.values(), ids=GARBAGE.keys())
def test_nobody_is_found_in_garbage(stage: Stage, trouble: Trouble) -> None:
    stage.server.trouble = trouble
    try:
        found = stage.platform.find_account(stage.name)
    except OutboundError:
        return

    assert found is None


def test_a_platform_that_is_not_there_is_tried_again(stage: Stage, settings: Settings) -> None:
    for address in stage.server.addresses:
        setattr(settings, address, "http://127.0.0.1:1")

    delivery = stage.platform.send_direct_message(account_id=stage.account_id, text=TEXT)

    assert (delivery.outcome, delivery.code) == (Outcome.RETRY, "unreachable")


def test_an_address_that_may_not_be_called_is_not(stage: Stage, settings: Settings) -> None:
    settings.ENGINE_ALLOWED_HOSTS = []

    delivery = stage.platform.send_direct_message(account_id=stage.account_id, text=TEXT)

    assert (delivery.outcome, delivery.code) == (Outcome.FAILED, "address_refused")


def test_without_credentials_nothing_is_called(stage: Stage, settings: Settings) -> None:
    for name in stage.server.settings:
        setattr(settings, name, "")

    delivery = stage.platform.send_direct_message(account_id=stage.account_id, text=TEXT)

    assert delivery.outcome is Outcome.NOT_SUPPORTED
    assert stage.platform.find_account(stage.name) is None
    assert stage.server.asked == []
    assert stage.platform.slug not in direct_message_platforms()


def test_with_credentials_it_may(stage: Stage) -> None:
    assert stage.platform.capabilities() == set(Capability) - {Capability.WEBHOOK}
    assert stage.platform.slug in direct_message_platforms()
    assert platform(stage.platform.slug) is stage.platform


@pytest.mark.parametrize(
    ("text", "code"),
    [(" ", "empty_text"), ("a" * 100_000, "text_too_long")],
    ids=["empty", "long"],
)
def test_a_text_that_cannot_go_is_not_tried(stage: Stage, text: str, code: str) -> None:
    delivery = stage.platform.send_direct_message(account_id=stage.account_id, text=text)

    assert (delivery.outcome, delivery.code) == (Outcome.FAILED, code)
    assert stage.server.asked == []


@pytest.mark.parametrize(
    "account_id", ["", "../me", "42&to_user_id=1", "\N{FULLWIDTH DIGIT FOUR}", "1\n", "\ud800"]
)
def test_what_is_no_account_is_not_written_to(stage: Stage, account_id: str) -> None:
    delivery = stage.platform.send_direct_message(account_id=account_id, text=TEXT)

    assert (delivery.outcome, delivery.code) == (Outcome.FAILED, "unknown_account")
    assert stage.server.asked == []


def test_the_longest_text_arrives(stage: Stage) -> None:
    text = "ü" * stage.platform.max_text

    delivery = stage.platform.send_direct_message(account_id=stage.account_id, text=text)

    assert delivery.outcome is Outcome.SENT


@pytest.mark.parametrize("trouble", [None, says(403, {"message": "no"}), hangs_up])
def test_neither_token_nor_text_nor_account_is_logged(
    stage: Stage, trouble: Trouble | None
) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    root = logging.getLogger()
    root.addHandler(handler)
    before, level = root.level, logging.DEBUG
    root.setLevel(level)
    stage.server.trouble = trouble

    stage.platform.send_direct_message(account_id=stage.account_id, text=TEXT)
    root.removeHandler(handler)
    root.setLevel(before)

    # Not even the client's own account of what it sends, which holds everything.
    assert "httpcore" not in stream.getvalue()
    for secret in ("canary", "K7QM2X", stage.account_id + '"'):
        assert secret not in stream.getvalue()


def test_nobody_speaks_to_a_platform_we_do_not_know() -> None:
    assert platform("youtube") is None
    assert platform("") is None
