"""The modules we ship, from an event to its actions."""

import pytest

from core_router.models import Counter
from core_router.modules.quote.models import Quote
from tests.core_router.conftest import Door, line

pytestmark = pytest.mark.django_db

MODERATOR = ["moderator"]


def text(door: Door, typed: str, **event: object) -> str:
    (action,) = door.say(typed, **event)["actions"]
    return str(action["text"])


def test_a_shoutout_is_answered(door: Door) -> None:
    answer = door.say("!so @carol", user_roles=MODERATOR, message_id="m1")

    assert (answer["outcome"], answer["command"]) == ("executed", "so")
    assert answer["actions"] == [
        {
            "type": "chat",
            "text": "Go and see carol! https://twitch.tv/carol",
            "reply_to": "m1",
            "handled": False,
        }
    ]


def test_why_explains_a_refusal(door: Door) -> None:
    assert door.say("!so carol")["outcome"] == "denied"

    said = text(door, "!why")

    assert said.startswith("!so was not allowed just now.")
    assert "moderator" in said


def test_a_moderator_may_ask_why_for_somebody(door: Door) -> None:
    door.say("!so carol", user_id="42", user_name="bob")

    said = text(door, "!why @Bob", user_id="43", user_name="mia", user_roles=MODERATOR)

    assert said.startswith("!so was not allowed just now.")


def test_a_command_added_in_chat_works_at_once(door: Door) -> None:
    said = text(door, "!command add hug ${user} hugs ${touser}", user_roles=MODERATOR)
    assert said == "Added !hug."

    assert text(door, "!HUG @carol") == "bob hugs carol"
    assert "!hug" in text(door, "!help")

    text(door, "!command remove hug", user_roles=MODERATOR)
    assert door.say("!hug")["outcome"] == "unknown_command"


def test_a_viewer_adds_no_command(door: Door) -> None:
    assert door.say("!command add hug hello")["outcome"] == "denied"

    assert door.say("!hug")["outcome"] == "unknown_command"


def test_an_unknown_variable_is_named(door: Door) -> None:
    answer = door.say("!command add hug ${wobble}", user_roles=MODERATOR)

    assert (answer["outcome"], answer["reason"]["code"]) == ("denied", "unknown_variable")
    assert "wobble" in answer["actions"][0]["text"]


def test_texts_show_what_is_counted(door: Door) -> None:
    text(door, "!command add fail ${counter:deaths} deaths, told ${count}x", user_roles=MODERATOR)
    text(door, "!counter deaths +3", user_roles=MODERATOR)

    assert text(door, "!fail") == "3 deaths, told 1x"
    assert text(door, "!fail") == "3 deaths, told 2x"


def test_an_empty_text_says_nothing(door: Door) -> None:
    text(door, "!command add secret ${label:vip}", user_roles=MODERATOR)

    answer = door.say("!secret")

    assert (answer["outcome"], answer["actions"]) == ("executed", [])


def test_a_viewer_reads_quotes_and_adds_none(door: Door) -> None:
    assert text(door, "!quote add We flap.", user_roles=MODERATOR) == "Kept as #1."

    assert text(door, "!quote 1").startswith("#1: We flap.")
    assert door.say("!quote add Me too.")["outcome"] == "denied"
    assert Quote.objects.count() == 1


@pytest.mark.parametrize("typed", ["!quote add one", "!counter deaths +", "!command add a b"])
def test_a_dry_run_changes_nothing(door: Door, typed: str) -> None:
    event = line(typed, user_roles=MODERATOR)

    answer = door.post("/router/v1/events?dry_run=true", event).json()

    assert answer["outcome"] == "executed"
    assert not Quote.objects.exists()
    assert not Counter.objects.exists()
    assert door.say("!a")["outcome"] == "unknown_command"


def test_a_dry_run_of_a_pure_command_shows_its_answer(door: Door) -> None:
    answer = door.post("/router/v1/events?dry_run=true", line("!help")).json()

    assert "!help" in answer["actions"][0]["text"]


def test_the_same_person_may_not_ask_for_help_all_the_time(door: Door) -> None:
    outcomes = [door.say("!help")["outcome"] for _ in range(2)]

    assert outcomes == ["executed", "limited"]
    assert door.say("!help", user_id="43", user_name="mia")["outcome"] == "executed"
