"""Somebody is erased: what the router kept of them, and what it hands out before."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from core_router.data import EngineType, EngineWish
from core_router.models import (
    CommandExecution,
    EventDelivery,
    EventHook,
    ModerationEntry,
    QueuedEvent,
)
from core_router.operations.deliveries import done_for_now
from core_router.operations.departures import pseudonym
from core_router.operations.hooks import HookWish, add_hook
from core_router.queries.personal import deliveries_of, events_of, moderation_of
from identity.models import Community, IdentityLink, User
from identity.operations.erasing import erase_due, request_erasure
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line

RULES = "/router/v1/communities/rookery/rules"
RUDE = {"name": "rude", "pattern": "rude", "match": "word", "actions": [{"type": "delete"}]}


@pytest.fixture
def bob(rookery: Community) -> User:
    user = make.user("bob")
    IdentityLink.objects.create(
        user=user, platform="twitch", platform_user_id="42", platform_username="bob"
    )
    return user


def erase(user: User) -> None:
    now = timezone.now()
    request_erasure(user_id=user.pk, actor="system", now=now)
    erase_due(now=now + timedelta(days=8))


def test_what_was_stopped_stays_under_the_same_pseudonym(door: Door, api: Api, bob: User) -> None:
    api.post(RULES, RUDE)
    for _ in range(2):
        door.say("rude")
    door.say("rude", user_id="43", user_name="carol")

    erase(bob)

    entries = ModerationEntry.objects.order_by("id")
    known_as = pseudonym("twitch", "42")
    assert [entry.platform_user_id for entry in entries] == [known_as, known_as, "43"]
    assert [entry.actions[0]["user_id"] for entry in entries] == [known_as, known_as, "43"]
    assert known_as != pseudonym("discord", "42")


def test_an_account_of_the_same_id_elsewhere_is_somebody_else(
    door: Door, api: Api, rookery: Community, bob: User
) -> None:
    make.entity(rookery, "discord")
    api.post(RULES, RUDE)
    door.say("rude", platform="discord")

    erase(bob)

    assert ModerationEntry.objects.get().platform_user_id == "42"


def test_what_waits_is_dropped_and_the_answers_of_others_stay(door: Door, bob: User) -> None:
    for event_id, who in (("mine", "42"), ("theirs", "43")):
        event = line("hello", event_id=event_id, user_id=who, user_name=f"chatter{who}")
        door.post("/router/v1/events", event, prefer="respond-async")

    erase(bob)

    assert [event.event_id for event in QueuedEvent.objects.all()] == ["theirs"]


@pytest.fixture
def hook(rookery: Community) -> EventHook:
    return add_hook(
        community_id=rookery.pk,
        wish=HookWish(["chatMessage"], EngineWish(EngineType.WEBHOOK, "https://example.org/")),
        actor="test",
        now=timezone.now(),
    )


def test_what_hooks_were_to_be_told_of_them_is_handed_out(
    door: Door, bob: User, hook: EventHook
) -> None:
    door.say("hello", event_id="e1")
    door.say("my code is ABC234", event_id="e2")
    door.say("hello", event_id="e3", user_id="43", user_name="carol")

    handed = {row["event_id"]: row["payload"] for row in deliveries_of(bob.pk)}

    assert handed.keys() == {"e1", "e2"}
    assert handed["e1"]["envelope"]["event"]["message_content"] == "hello"
    assert handed["e2"] == {"user_id": "42"}


def test_what_hooks_were_to_be_told_goes_with_them_and_their_name_from_the_rest(
    door: Door, bob: User, hook: EventHook
) -> None:
    IdentityLink.objects.filter(user=bob).update(platform_username="bobbington")
    door.say("hello", event_id="e1", user_name="bobbington")
    door.say("hi @bobbington", event_id="e2", user_id="43", user_name="carol")
    owed = EventDelivery.objects.get(event_id="e1")
    done_for_now(owed, event={"user_id": "42", "message_id": "m1"}, now=timezone.now())

    erase(bob)

    [left] = EventDelivery.objects.all()
    assert left.event_id == "e2"
    assert "bobbington" not in json.dumps(left.payload)
    assert "carol" in json.dumps(left.payload)


def test_a_community_that_goes_takes_its_history_along(
    door: Door, alice: User, rookery: Community
) -> None:
    make.command(rookery, "hail")
    door.say("!hail")

    erase(alice)

    assert not CommandExecution.objects.exists()
    assert door.post("/router/v1/events", line("!hail")).status == 401


def test_they_are_handed_what_was_stopped_and_what_waits(door: Door, api: Api, bob: User) -> None:
    api.post(RULES, RUDE)
    door.say("rude", event_id="e1")
    door.post("/router/v1/events", line("later", event_id="e2"), prefer="respond-async")

    door.post("/router/v1/events", line("ABCDEF", event_id="e3"), prefer="respond-async")

    [hit], [code, event] = list(moderation_of(bob.pk)), list(events_of(bob.pk))

    assert (hit["platform_user_id"], hit["entity"]) == ("42", "twitch+rookery")
    assert (event["event_id"], event["payload"]["message_content"]) == ("e2", "later")
    assert code["payload"]["message_content"] == ""
    assert "sealed_content" not in code["payload"]
