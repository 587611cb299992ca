"""`!thanks`, and what it leads to."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core_router import registry
from core_router.models import CommandExecution, OutgoingAction
from core_router.modules.thanks.models import Thanks
from core_router.modules.thanks.module import MOST_A_MINUTE, USUAL
from core_router.operations import inbox
from core_router.pipeline.queued import work
from core_router.sdk import EventCall, Reply
from identity.models import AuditEvent, Community
from tests.core_router.conftest import Door, channel, collector, door, line
from waddlebot.lib.errors import DomainError

__all__ = ["channel", "collector", "door"]

pytestmark = pytest.mark.django_db

Tell = Callable[..., str]
EVENTS = "/router/v1/events"


def happens(door: Door, kind: str = "follow", query: str = "", **event: Any) -> Any:
    return door.post(EVENTS + query, line(message_type=kind, **event)).json()


def texts(answer: Any) -> list[str]:
    return [action["text"] for action in answer["actions"]]


def test_it_is_silent_until_it_is_given_words(door: Door, tell: Tell) -> None:
    before = happens(door)
    tell("!thanks follow on")
    after = happens(door)
    tell("!thanks follow off")
    silent = happens(door)

    outcomes = [answer["outcome"] for answer in (before, after, silent)]
    assert outcomes == ["ignored", "delivered", "ignored"]
    assert (texts(before), texts(after), texts(silent)) == (
        [],
        ["Thank you for following, bob!"],
        [],
    )


def test_each_type_has_words_of_its_own(door: Door, tell: Tell) -> None:
    tell("!thanks raid Welcome, ${user} and your ${amount} on ${platform}!")
    tell("!thanks cheer on")

    raid = happens(door, "raid", metadata={"viewers": 12}, display_name="Bob")
    cheer = happens(door, "cheer", metadata={"bits": 100})

    assert texts(raid) == ["Welcome, Bob and your 12 on twitch!"]
    assert texts(cheer) == ["bob cheers with 100. Thank you!"]


def test_it_is_told_once_and_counted_once(door: Door, tell: Tell) -> None:
    tell("!thanks follow on")

    first, second = happens(door, event_id="f1"), happens(door, event_id="f1")

    assert (first["outcome"], second["outcome"]) == ("delivered", "duplicate")
    assert second["actions"] == []
    row = CommandExecution.objects.get()
    assert (row.command, row.command_id, row.module) == ("follow", 0, "thanks")
    assert (str(row.pk), row.status) == (first["execution_id"], "success")


def test_an_event_whose_process_died_is_told_by_its_repetition(door: Door, tell: Tell) -> None:
    tell("!thanks follow on")
    lost = happens(door, event_id="f1")
    CommandExecution.objects.all().delete()

    again = happens(door, event_id="f1")

    assert (again["outcome"], again["execution_id"]) == ("delivered", lost["execution_id"])
    assert texts(again) == ["Thank you for following, bob!"]


def test_a_dry_run_shows_what_would_be_said_and_writes_nothing(door: Door, tell: Tell) -> None:
    tell("!thanks follow on")

    answer = happens(door, query="?dry_run=true", event_id="f1")

    assert (answer["outcome"], texts(answer)) == ("delivered", ["Thank you for following, bob!"])
    assert answer["trace"][-1] == {"step": "events", "ok": True, "detail": "told: thanks"}
    assert not CommandExecution.objects.exists()
    assert happens(door, event_id="f1")["outcome"] == "delivered"


def test_of_an_event_that_was_queued_the_collector_hears(door: Door, tell: Tell) -> None:
    tell("!thanks follow on")

    door.post(EVENTS, line(message_type="follow", event_id="f1"), prefer="respond-async")
    inbox.drain(work, clock=timezone.now)

    assert OutgoingAction.objects.get().action["text"] == "Thank you for following, bob!"


def test_a_wave_of_followers_does_not_fill_the_chat(door: Door, tell: Tell) -> None:
    tell("!thanks follow on")

    said = [happens(door, user_id=str(number)) for number in range(MOST_A_MINUTE + 5)]

    assert sum(bool(answer["actions"]) for answer in said) == MOST_A_MINUTE
    assert {answer["outcome"] for answer in said} == {"delivered"}


def test_a_module_that_breaks_takes_nobody_along(
    door: Door, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell("!thanks follow on")

    def breaks(_: object, call: EventCall) -> Reply:
        raise ZeroDivisionError

    monkeypatch.setattr(type(registry.module("thanks")), "handle_event", breaks)
    answer = happens(door)

    assert (answer["outcome"], answer["actions"]) == ("delivered", [])
    assert CommandExecution.objects.get().status == "failed"


@pytest.mark.parametrize(
    "asked",
    ["nonsense on", "follow ${nope}", "follow ${count}", "follow " + "x" * 401, "chatMessage x"],
)
def test_what_cannot_be_said_is_refused(tell: Tell, asked: str) -> None:
    with pytest.raises(DomainError):
        tell(f"!thanks {asked}")

    assert not Thanks.objects.exists()


def test_it_says_what_is_said_and_writes_down_who_changed_it(
    tell: Tell, rookery: Community
) -> None:
    nobody = tell("!thanks")
    tell("!thanks raid Secret words")

    assert "!thanks follow on" in nobody
    assert "Thanked for: raid." in tell("!thanks")
    assert tell("!thanks raid") == "For raid is said: Secret words"
    assert tell("!thanks cheer") == "Nothing is said for cheer."
    logged = AuditEvent.objects.get(action="thanks.changed")
    assert logged.details == {"before": {"says": False}, "after": {"says": True}}
    assert "Secret" not in json.dumps(logged.details)


@pytest.mark.parametrize("kind", USUAL)
def test_what_it_comes_with_can_be_said(door: Door, tell: Tell, kind: str) -> None:
    tell(f"!thanks {kind} on")

    assert "bob" in texts(happens(door, kind))[0]
