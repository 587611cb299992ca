"""Whatever comes instead of a signed event is refused, and breaks nothing."""

import random
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from core_router.models import OutgoingAction
from identity.models import Community
from tests import make
from tests.core_router.conftest import Door
from tests.core_router.webhooks.signing import (
    Sent,
    called_on_discord,
    kick,
    on_kick,
    on_slack,
    twitch,
    typed_on_twitch,
)

pytestmark = pytest.mark.django_db

WAYS: Final = 800
ODD: Final = (
    "", " ", "\t", "0", "-1", "1e9", "NaN", "inf", "9" * 400, "null", "{}", "=", "==", "v0=",
    "sha256=", "sha1=" + "0" * 40, "sha256=" + "0" * 64, "sha256=" + "g" * 64, "A" * 4096,
    "\x80\xff", "\u00e9" * 20, "2026-13-45T99:99:99Z", "2026-01-01", "2026-01-01T00:00:00",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "%s%n", "١٢٣", "..", "0x10",
)  # fmt: skip


def line_on_kick() -> Sent:
    told = {"message_id": "m1", "broadcaster": on_kick(7, "rookery"), "sender": on_kick(42, "bob")}
    return kick("chat.message.sent", told | {"content": "!hail"})


PLATFORMS: Final[dict[str, tuple[Callable[[], Sent], tuple[str, ...]]]] = {
    "discord": (
        lambda: called_on_discord("hail"),
        ("X-Signature-Timestamp", "X-Signature-Ed25519"),
    ),
    "twitch": (
        lambda: typed_on_twitch("!hail"),
        (
            "Twitch-Eventsub-Message-Id",
            "Twitch-Eventsub-Message-Timestamp",
            "Twitch-Eventsub-Message-Signature",
        ),
    ),
    "slack": (
        lambda: on_slack(text="!hail"),
        ("X-Slack-Request-Timestamp", "X-Slack-Signature"),
    ),
    "kick": (
        line_on_kick,
        ("Kick-Event-Message-Id", "Kick-Event-Message-Timestamp", "Kick-Event-Signature"),
    ),
}


def wrong_ways(good: Sent, signed: tuple[str, ...]) -> Iterator[Sent]:
    """Return the request, wrong in one way after another."""
    chance = random.Random(20_261_125)  # noqa: S311
    while True:
        headers, body = dict(good.headers), good.body
        if chance.randrange(3):
            name = chance.choice(signed)
            headers[name] = mangled(headers[name], chance)
        elif chance.randrange(2):
            place = chance.randrange(len(body))
            other = body[place] ^ 1 << chance.randrange(8)
            body = body[:place] + bytes([other]) + body[place + 1 :]
        else:
            body = body[: chance.randrange(len(body))]
        if (headers, body) != (good.headers, good.body):
            yield Sent(good.path, body, headers, good.content_type)


def mangled(value: str, chance: random.Random) -> str:
    place = chance.randrange(len(value))
    other = chr((ord(value[place]) - 32 + chance.randrange(1, 95)) % 95 + 32)
    return chance.choice(
        (
            "",
            chance.choice(ODD),
            value[:place],
            value[:place] + other + value[place + 1 :],
            value + chance.choice(ODD[2:]),
        )
    )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_signature_that_is_wrong_in_any_way_is_refused(
    door: Door, rookery: Community, platform: str
) -> None:
    make.command(rookery, "hail")
    make.entity(rookery, platform="kick")
    make.entity(rookery, platform="slack", server_id="T1", channel_id="C1")
    make.entity(rookery, platform="discord", server_id="70")
    send, signed = PLATFORMS[platform]
    ways = wrong_ways(send(), signed)

    statuses = {next(ways).to(door).status for _ in range(WAYS)}

    assert statuses <= {400, 401}
    assert not OutgoingAction.objects.exists()


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"chatter_user_id": 42},
        {"chatter_user_id": ""},
        {"chatter_user_login": "\x00"},
        {"broadcaster_user_login": "a+b"},
        {"badges": {}},
        {"message": 1},
        {"chatter_user_name": "x" * 101},
        {"reply": {"parent_message_id": 2**70}},
    ],
)
def test_what_is_signed_and_makes_no_sense_is_malformed(door: Door, event: dict[str, Any]) -> None:
    sent = typed_on_twitch("hi", **event) if event else twitch("channel.chat.message", {})

    assert sent.to(door).status == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 401), (b"[" * 60_000, 401), (b"x" * 70_000, 413)],
    ids=["nothing", "deep", "too large"],
)
def test_a_body_that_is_none_is_refused(door: Door, body: bytes, status: int) -> None:
    sent = typed_on_twitch("hi")
    sent.body = body

    assert sent.to(door).status == status


def test_only_a_post_is_answered(door: Door) -> None:
    assert door.get("/router/v1/hooks/twitch", key="").status == 405
