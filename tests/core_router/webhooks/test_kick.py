"""Kick's webhooks, signed with RSA."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from core_router.models import OutgoingAction
from identity.models import Community
from tests import make
from tests.core_router.conftest import Door
from tests.core_router.webhooks.conftest import waiting
from tests.core_router.webhooks.signing import kick, on_kick

pytestmark = pytest.mark.django_db

Heard = Callable[[], list[dict[str, Any]]]
ROOKERY = on_kick(7, "Rookery")
BOB = on_kick(42, "Bob")
MODERATOR = {"badges": [{"text": "Moderator", "type": "moderator"}]}
LINE = {
    "message_id": "m1",
    "broadcaster": ROOKERY,
    "sender": BOB | {"identity": MODERATOR},
    "content": "!hail",
    "created_at": "2025-01-14T16:08:06Z",
}
WHEN = {"created_at": "2025-01-14T16:08:06Z", "expires_at": "2025-02-14T16:08:06Z"}


@pytest.fixture(autouse=True)
def _channel(rookery: Community) -> None:
    make.entity(rookery, platform="kick")


def test_a_line_typed_there_is_answered(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail", response="Hail ${user}!", min_role="moderator")

    answer = kick("chat.message.sent", LINE).to(door)

    action = OutgoingAction.objects.get()
    assert (answer.status, action.entity) == (204, "kick+rookery")
    assert (action.action["text"], action.action["reply_to"]) == ("Hail Bob!", "m1")


@pytest.mark.parametrize(
    ("kind", "body", "message_type", "facts"),
    [
        ("channel.followed", {"follower": BOB}, "follow", {}),
        (
            "channel.subscription.new",
            {"subscriber": BOB, "duration": 1, **WHEN},
            "subscription",
            {"months": 1},
        ),
        (
            "channel.subscription.renewal",
            {"subscriber": BOB, "duration": 3, **WHEN},
            "resub",
            {"months": 3},
        ),
        (
            "channel.subscription.gifts",
            {"gifter": BOB, "giftees": [on_kick(8, "eve")], **WHEN},
            "subgift",
            {"total": 1},
        ),
        (
            "kicks.gifted",
            {"sender": BOB, "gift": {"amount": 500, "name": "Rage Quit", "message": "w"}},
            "cheer",
            {"kicks": 500, "gift": "Rage Quit"},
        ),
        (
            "moderation.banned",
            {
                "moderator": on_kick(9, "mod"),
                "banned_user": BOB,
                "metadata": {"reason": "spam", "expires_at": None},
            },
            "ban",
            {"reason": "spam", "moderator_user_id": 9},
        ),
        (
            "moderation.banned",
            {"banned_user": BOB, "metadata": {"reason": "x", "expires_at": WHEN["expires_at"]}},
            "timeout",
            {"reason": "x", "ends_at": WHEN["expires_at"]},
        ),
    ],
)
def test_what_happens_there_is_told_to_the_hooks(
    door: Door,
    heard: Heard,
    kind: str,
    body: dict[str, Any],
    message_type: str,
    facts: dict[str, Any],
) -> None:
    answer = kick(kind, {"broadcaster": ROOKERY, **body}).to(door)

    (told,) = heard()
    assert (answer.status, told["message_type"], told["user_id"]) == (204, message_type, "42")
    assert told["metadata"] == {"broadcaster_user_id": "7", **facts}


def test_a_stream_begins_and_ends(door: Door, heard: Heard) -> None:
    for is_live in (True, False):
        body = {"broadcaster": ROOKERY, "is_live": is_live, "title": "Penguins"}
        kick("livestream.status.updated", body).to(door)

    assert [each["message_type"] for each in heard()] == ["stream_online", "stream_offline"]


@pytest.mark.parametrize(
    "kind",
    [
        "channel.followed", "channel.subscription.new", "channel.subscription.gifts",
        "kicks.gifted", "moderation.banned", "livestream.status.updated", "unknown", "",
    ],
)  # fmt: skip
def test_a_line_is_nothing_else_whatever_the_unsigned_type_says(
    door: Door, heard: Heard, kind: str
) -> None:
    sent = kick("chat.message.sent", LINE)
    sent.headers["Kick-Event-Type"] = kind

    answer = sent.to(door)

    assert (answer.status, heard()) == (204, [])


def test_an_anonymous_gift_is_nobodys_in_particular(door: Door, heard: Heard) -> None:
    nobody = {"is_anonymous": True, "user_id": None, "username": None, "channel_slug": None}
    body = {"broadcaster": ROOKERY, "gifter": nobody, "giftees": [BOB], **WHEN}

    kick("channel.subscription.gifts", body).to(door)

    assert heard()[0]["user_name"] == "anonymous"


@pytest.mark.parametrize("age", [timedelta(minutes=11), -timedelta(minutes=11)])
def test_what_is_not_of_now_is_refused(door: Door, age: timedelta) -> None:
    assert kick("chat.message.sent", LINE, age=age).to(door).status == 401


def test_what_another_key_has_signed_is_refused(door: Door, settings: Settings) -> None:
    settings.KICK_PUBLIC_KEY = ""  # Then the one that Kick has published counts.

    answer = kick("chat.message.sent", LINE).to(door)

    assert (answer.status, waiting()) == (401, [])
