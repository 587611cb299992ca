"""EventSub notifications go down the same way as any event."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router import pipeline
from core_router.models import CommandExecution, Entity, EventDelivery, OutgoingAction, QueuedEvent
from core_router.operations.modules import give_modules
from core_router.pipeline.couriers import deliver
from core_router.tasks import process_queue
from identity.models import Community, LinkRequest, User
from identity.operations.link_requests import ask_link
from tests import make
from tests.core_router.conftest import Door
from tests.core_router.engines.conftest import hello
from tests.core_router.engines.server import ModuleServer
from tests.core_router.webhooks.conftest import waiting
from tests.core_router.webhooks.signing import TWITCH_SECRET, twitch, typed_on_twitch
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import UnavailableError
from waddlebot.platforms.twitch_hooks import eventsub_secrets

pytestmark = pytest.mark.django_db
__all__ = ["hello"]

Heard = Callable[[], list[dict[str, Any]]]
WHOSE = {
    "broadcaster_user_id": "1971641",
    "broadcaster_user_login": "Rookery",
    "broadcaster_user_name": "Rookery",
}
BOB = {"user_id": "42", "user_login": "bob", "user_name": "Bob"}
NOBODY = {"user_id": None, "user_login": None, "user_name": None}
RAIDER = {
    "from_broadcaster_user_id": "42",
    "from_broadcaster_user_login": "bob",
    "from_broadcaster_user_name": "Bob",
    "to_broadcaster_user_id": "1971641",
    "to_broadcaster_user_login": "rookery",
    "to_broadcaster_user_name": "Rookery",
    "viewers": 9001,
}


def test_a_line_typed_there_is_answered_by_whoever_speaks_there(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hail", response="Hail ${user}!")

    answer = typed_on_twitch("!hail", message_id="m1").to(door)

    assert (answer.status, answer.body) == (204, b"")
    action = OutgoingAction.objects.get()
    assert action.entity == "twitch+rookery"
    assert action.action == {
        "type": "chat",
        "text": "Hail Bob!",
        "reply_to": "m1",
        "handled": False,
    }


def test_badges_say_what_somebody_may(door: Door, rookery: Community) -> None:
    make.command(rookery, "rules", min_role="moderator")

    typed_on_twitch("!rules").to(door)
    typed_on_twitch("!rules", badges=[{"set_id": "vip", "id": "1", "info": ""}]).to(door)

    assert waiting() == ["This is rules."]


def test_a_challenge_is_sent_back_as_it_is(door: Door) -> None:
    kind = "webhook_callback_verification"

    answer = twitch("channel.follow", message_type=kind, challenge="pogchamp-kappa-360").to(door)

    assert (answer.status, answer.body) == (200, b"pogchamp-kappa-360")
    assert answer.headers["Content-Type"] == "text/plain"


def test_a_revocation_is_told_in_the_log_once(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    answer = twitch("channel.follow", message_type="revocation").to(door)

    assert answer.status == 204
    assert [record.message for record in caplog.records] == [
        "A platform sends no more of an event"
    ]


@pytest.mark.parametrize(
    ("kind", "event", "message_type", "facts"),
    [
        ("channel.follow", {**WHOSE, **BOB, "followed_at": "2026-01-01T00:00:00Z"}, "follow", {}),
        (
            "channel.subscribe",
            {**WHOSE, **BOB, "tier": "1000", "is_gift": False},
            "subscription",
            {"tier": "1000", "is_gift": False},
        ),
        (
            "channel.subscription.message",
            {
                **WHOSE,
                **BOB,
                "tier": "1000",
                "message": {"text": "Love it", "emotes": None},
                "cumulative_months": 15,
                "streak_months": None,
                "duration_months": 6,
            },
            "resub",
            {"tier": "1000", "cumulative_months": 15},
        ),
        (
            "channel.subscription.gift",
            {**WHOSE, **BOB, "total": 2, "tier": "1000", "is_anonymous": False},
            "subgift",
            {"total": 2, "tier": "1000"},
        ),
        (
            "channel.cheer",
            {**WHOSE, **BOB, "message": "pogchamp", "bits": 1000, "is_anonymous": False},
            "cheer",
            {"bits": 1000},
        ),
        ("channel.raid", RAIDER, "raid", {"viewers": 9001}),
        (
            "channel.ban",
            {**WHOSE, **BOB, "moderator_user_id": "7", "reason": "spam", "is_permanent": True},
            "ban",
            {"moderator_user_id": "7", "reason": "spam"},
        ),
        (
            "channel.ban",
            {**WHOSE, **BOB, "ends_at": "2026-01-01T00:10:00Z", "is_permanent": False},
            "timeout",
            {"ends_at": "2026-01-01T00:10:00Z"},
        ),
    ],
)
def test_what_happens_there_is_told_to_the_hooks(
    door: Door,
    heard: Heard,
    kind: str,
    event: dict[str, Any],
    message_type: str,
    facts: dict[str, Any],
) -> None:
    answer = twitch(kind, event, message_id="e1").to(door)

    assert answer.status == 204
    (told,) = heard()
    assert (told["message_type"], told["server_id"], told["user_id"], told["user_name"]) == (
        message_type,
        "rookery",
        "42",
        "bob",
    )
    assert told["metadata"] == {"broadcaster_user_id": "1971641", **facts}
    assert told["event_id"] == "e1"


def test_who_gives_without_a_name_is_nobody_in_particular(door: Door, heard: Heard) -> None:
    gift = {**WHOSE, **NOBODY, "total": 2, "tier": "1000", "is_anonymous": True}

    twitch("channel.subscription.gift", gift).to(door)

    assert heard()[0]["user_name"] == "ananonymousgifter"


def test_a_stream_that_begins_is_claimed_first(door: Door, heard: Heard, channel: Entity) -> None:
    twitch("stream.online", {"id": "9", **WHOSE, "type": "live"}).to(door)
    began = Entity.objects.get(pk=channel.pk).lease.is_live
    twitch("stream.offline", WHOSE).to(door)

    assert (began, Entity.objects.get(pk=channel.pk).lease.is_live) == (True, False)
    assert [each["message_type"] for each in heard()] == ["stream_online", "stream_offline"]


def test_what_we_have_no_word_for_is_taken_and_forgotten(door: Door, heard: Heard) -> None:
    answer = twitch("channel.hype_train.begin", {**WHOSE, "level": 2}).to(door)

    assert (answer.status, heard()) == (204, [])


def test_what_was_sent_twice_is_done_once(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")
    line = typed_on_twitch("!hail")

    statuses = {line.to(door).status for _ in range(3)}

    assert (statuses, len(waiting())) == ({204}, 1)


def test_a_line_that_a_collector_reported_too_is_answered_once(
    door: Door, rookery: Community
) -> None:
    make.command(rookery, "hail")
    door.say("!hail", event_id="m1", message_id="m1")

    typed_on_twitch("!hail", message_id="m1").to(door)

    assert waiting() == []


@pytest.mark.parametrize("age", [timedelta(minutes=11), -timedelta(minutes=11)])
def test_what_is_not_of_now_is_refused(door: Door, age: timedelta, rookery: Community) -> None:
    make.command(rookery, "hail")

    answer = typed_on_twitch("!hail", sent={"age": age}).to(door)

    assert (answer.status, answer.json()["code"], waiting()) == (401, "bad_signature", [])


def test_both_secrets_count_while_one_is_replaced(door: Door, settings: Settings) -> None:
    settings.TWITCH_EVENTSUB_SECRET = ["the newer one of two", TWITCH_SECRET]

    statuses = [
        typed_on_twitch("hi", sent={"secret": secret}).to(door).status
        for secret in ("the newer one of two", TWITCH_SECRET, "a third one")
    ]

    assert statuses == [204, 204, 401]


def test_without_a_setting_the_secret_is_made_of_the_key(door: Door, settings: Settings) -> None:
    settings.TWITCH_EVENTSUB_SECRET = []
    before = eventsub_secrets()[0]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another " * 8

    answer = typed_on_twitch("hi", sent={"secret": before}).to(door)

    assert (answer.status, 10 <= len(before) <= 100) == (204, True)
    assert eventsub_secrets()[0] != before


@pytest.mark.parametrize(
    "event",
    [
        {"chatter_user_id": "999"},
        {"source_broadcaster_user_id": "8", "source_broadcaster_user_login": "elsewhere"},
    ],
    ids=["the bot's own", "typed in another channel of a shared chat"],
)
def test_some_lines_are_not_for_us(door: Door, rookery: Community, event: dict[str, Any]) -> None:
    make.command(rookery, "hail")

    answer = typed_on_twitch("!hail", **event).to(door)

    assert (answer.status, waiting()) == (204, [])


def test_a_channel_that_nobody_has_proven_is_nobodys(
    door: Door, rookery: Community, channel: Entity
) -> None:
    make.command(rookery, "hail")
    Entity.objects.filter(pk=channel.pk).update(is_proven=False)
    announce("entities")

    statuses = [
        typed_on_twitch("!hail", broadcaster_user_login=login).to(door).status
        for login in ("rookery", "unknown")
    ]

    assert (statuses, waiting()) == ([204, 204], [])


def test_nobody_waits_for_a_module_outside(
    door: Door, hello: Callable[..., Any], module: ModuleServer
) -> None:
    hello()

    status = typed_on_twitch("#hello you").to(door).status
    asked = len(module.asked)
    deliver(clock=timezone.now)

    assert (status, asked, len(module.asked)) == (204, 0, 1)
    assert waiting() == ["Hello!"]


def test_what_is_too_much_at_once_is_kept_for_a_moment(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hail")
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "slots", pipeline.Slots(0))
        statuses = [
            typed_on_twitch("!hail", broadcaster_user_login=login).to(door).status
            for login in ("rookery", "unknown")
        ]
    kept = QueuedEvent.objects.count()

    process_queue()

    assert (statuses, kept, waiting()) == ([204, 204], 1, ["This is hail."])


def test_what_is_lost_on_the_way_is_done_when_it_comes_again(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hail")
    line = typed_on_twitch("!hail")

    def lose(**_: Any) -> int:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr("core_router.pipeline.queued.queue_actions", lose)
        lost = line.to(door).status
    executions = CommandExecution.objects.count()
    again = line.to(door).status

    assert (lost, executions, again) == (503, 0, 204)
    assert (waiting(), CommandExecution.objects.count()) == (["This is hail."], 1)


def test_a_code_typed_there_links_the_account(door: Door, rookery: Community, alice: User) -> None:
    give_modules(community_id=rookery.pk, now=timezone.now())
    asked = ask_link(
        user_id=alice.pk,
        platform="twitch",
        username="",
        actor=f"user:{alice.pk}",
        now=timezone.now(),
    )

    typed_on_twitch(f"!verify {asked.code}").to(door)
    typed_on_twitch("!confirm").to(door)

    assert LinkRequest.objects.get().state == "verified"
    assert len(waiting()) == 2


def test_an_event_owed_to_a_hook_is_owed_once(door: Door, heard: Heard) -> None:
    follow = twitch("channel.follow", {**WHOSE, **BOB})

    for _ in range(2):
        follow.to(door)

    assert EventDelivery.objects.count() == len(heard()) == 1
