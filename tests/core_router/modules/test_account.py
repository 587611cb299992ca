"""`!link`, `!verify`, `!confirm`, `!unlink` and `!whoami`, as people type them."""

from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from core_router.models import Entity
from core_router.operations.modules import give_modules
from core_router.tasks import process_queue
from identity import tasks
from identity.models import CodeAttempt, Community, IdentityLink, LinkRequest, User
from identity.operations.link_requests import ask_link
from tests import make
from tests.client import Api
from tests.core_router.conftest import Door, line
from tests.platforms.conftest import twitch
from tests.platforms.servers import TwitchServer
from waddlebot.lib.redis import client as redis_client

__all__ = ["twitch"]

OUTCOMES = {"to a rule": "moderated", "unanswered": "unknown_command"}

BOB: dict[str, str] = {"platform": "discord", "user_id": "77", "user_name": "bob"}


@pytest.fixture(autouse=True)
def _discord(rookery: Community) -> Entity:
    give_modules(community_id=rookery.pk, now=timezone.now())
    return make.entity(rookery, platform="discord")


@pytest.fixture
def collector(alice: User, rookery: Community) -> str:
    return make.key(alice, scopes=["events:write", "identity:verify"], place=rookery)


def say(door: Door, text: str, **event: Any) -> str:
    answer = door.say(text, **BOB | event)
    return " ".join(action["text"] for action in answer["actions"])


def code_for(person: User, platform: str = "discord", username: str = "") -> str:
    asked = ask_link(
        user_id=person.pk,
        platform=platform,
        username=username,
        actor=f"user:{person.pk}",
        now=timezone.now(),
    )
    return asked.code


def test_a_code_and_a_second_word_link_the_account_that_typed_them(
    door: Door, alice: User
) -> None:
    asked = say(door, f"!verify {code_for(alice)}")
    assert "Shall this discord account belong to the WaddleBot account Alice (alice)?" in asked
    assert not IdentityLink.objects.filter(verified_at__isnull=False).exists()

    said = say(door, "!confirm")

    assert said == "Your discord account belongs now to the WaddleBot account Alice (alice)."
    assert say(door, "!whoami") == "You are the WaddleBot account Alice (alice): bob on discord."


def test_a_code_may_be_typed_in_lower_case(door: Door, alice: User) -> None:
    assert "!confirm" in say(door, f"!verify {code_for(alice).lower()}")


def test_a_confirm_out_of_nowhere_links_nothing(door: Door) -> None:
    assert say(door, "!confirm").startswith("There is nothing to confirm.")


def test_somebody_else_confirms_nothing(door: Door, alice: User) -> None:
    say(door, f"!verify {code_for(alice)}")

    assert say(door, "!confirm", user_id="78", user_name="eve").startswith("There is nothing")


def test_a_wrong_code_does_not_disturb_what_waits(door: Door, alice: User) -> None:
    say(door, f"!verify {code_for(alice)}")

    assert say(door, "!verify ABCDEF").startswith("This code is not good.")
    assert "belongs now" in say(door, "!confirm")


def test_the_last_code_that_was_typed_is_confirmed(door: Door, alice: User) -> None:
    say(door, f"!verify {code_for(alice)}")
    say(door, f"!verify {code_for(make.user('carol'))}")

    assert say(door, "!confirm").endswith("the WaddleBot account carol.")
    assert say(door, "!confirm").startswith("There is nothing")


def test_five_wrong_codes_and_the_right_one_is_refused(door: Door, alice: User) -> None:
    code = code_for(alice)
    wrong = {say(door, "!verify ABCDEF") for _ in range(5)}

    assert {say(door, f"!verify {code}")} == wrong
    assert CodeAttempt.objects.exists()


def test_an_account_of_somebody_else_is_sent_to_merging(door: Door, alice: User) -> None:
    make.link(make.user("bob"), "discord", "77")

    said = say(door, f"!verify {code_for(alice)}")

    assert "belongs to another WaddleBot account" in said
    assert "merge" in said
    assert say(door, "!confirm").startswith("There is nothing")


def test_somebody_only_seen_in_chat_is_told_how_to_link(door: Door) -> None:
    said = say(door, "!whoami", display_name="Bob")

    assert said.startswith("You are Bob, with no other account linked.")
    assert "!verify" in said
    assert "!verify" in say(door, "!link")


def test_a_code_sent_elsewhere_is_typed_where_it_was_asked_for(
    door: Door, twitch: TwitchServer
) -> None:
    asked = say(door, "!link twitch @alice")
    assert asked.startswith("A code is on its way to alice on twitch")
    tasks.deliver_codes()
    assert say(door, "!link").startswith("The code for alice on twitch was sent.")

    code = twitch.whispers[0].text.partition("!verify ")[2][:6]
    said = say(door, f"!verify {code}")

    assert said == "Your twitch account belongs now to the WaddleBot account bob."
    assert say(door, "!whoami") == (
        "You are the WaddleBot account bob: bob on discord, Alice on twitch."
    )


def test_a_code_sent_elsewhere_is_good_from_nobody_else(door: Door, twitch: TwitchServer) -> None:
    say(door, "!link twitch alice")
    tasks.deliver_codes()
    code = twitch.whispers[0].text.partition("!verify ")[2][:6]

    said = say(door, f"!verify {code}", user_id="78", user_name="eve")

    assert said.startswith("This code is not good.")


def test_a_platform_without_messages_names_the_other_way(door: Door) -> None:
    assert "Ask for a code to type there" in say(door, "!link slack bob")


def test_an_account_is_unlinked_by_its_platform(door: Door, alice: User) -> None:
    make.link(alice, "discord", "77")
    make.link(alice, "twitch", "42", "alice_ttv")

    assert say(door, "!unlink Twitch") == "alice_ttv on twitch is linked to you no more."
    assert not IdentityLink.objects.filter(platform="twitch").exists()


def test_the_last_way_in_is_not_unlinked(door: Door, alice: User) -> None:
    make.link(alice, "discord", "77")

    assert "Set a password" in say(door, "!unlink discord")
    assert IdentityLink.objects.exists()


def test_of_two_accounts_of_a_platform_one_is_named(door: Door, alice: User) -> None:
    make.link(alice, "discord", "77")
    make.link(alice, "discord", "78", "bobby")

    assert say(door, "!unlink discord") == "Which one? Type !unlink discord and its name."
    assert say(door, "!unlink discord @bobby").startswith("bobby on discord is linked to you no")
    assert say(door, "!unlink slack") == "No such account on slack is linked to you."


def test_whoami_tells_neither_ids_nor_addresses(door: Door, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(username="alice@rookery.example", email="a@b.example")
    make.link(alice, "discord", "77")

    said = say(door, "!whoami")

    assert said == "You are the WaddleBot account Alice: bob on discord."
    assert alice.public_id not in said


@pytest.mark.parametrize("goes", ["well", "wrong", "to a rule", "unanswered"])
def test_a_code_that_was_typed_is_kept_nowhere(
    door: Door, alice: User, api: Api, goes: str
) -> None:
    code = code_for(alice)
    typed = code if goes == "well" else "QQQQQQ"
    if goes == "to a rule":
        rule = {"name": "q", "pattern": "*qqq*", "match": "wildcard", "actions": []}
        api.post("/router/v1/communities/rookery/rules", rule)
    text = f"!verify{typed}" if goes == "unanswered" else f"!verify {typed}"
    answer = door.say(text, event_id="abc-123", **BOB)
    say(door, "!why")

    assert answer["outcome"] == OUTCOMES.get(goes, "executed")
    assert typed not in everything_in_redis()
    assert typed not in everything_in_the_database()


@pytest.mark.parametrize("text", ["!verify {code}", "!link twitch eve", "!unlink twitch"])
def test_a_community_does_not_say_who_typed_what(
    door: Door, alice: User, rookery: Community, text: str
) -> None:
    bob = make.user("bob")
    make.link(bob, "discord", "77")
    make.link(bob, "twitch", "42")
    code = code_for(alice, "twitch")
    door.key = make.key(alice, scopes=["events:write"], place=rookery)

    said = say(door, text.format(code=code))

    assert said.startswith("Accounts are not linked from this chat.")
    assert IdentityLink.objects.filter(user=bob).count() == 2
    assert LinkRequest.objects.filter(state="pending").get().user == alice


def test_a_community_does_not_learn_who_somebody_is_elsewhere(
    door: Door, alice: User, rookery: Community
) -> None:
    make.link(alice, "discord", "77")
    make.link(alice, "twitch", "42", "alice_ttv")
    door.key = make.key(alice, scopes=["events:write"], place=rookery)

    assert "alice_ttv" not in say(door, "!whoami")


def test_what_waits_in_the_queue_proves_no_more_than_who_sent_it(
    door: Door, alice: User, rookery: Community
) -> None:
    event = line(f"!verify {code_for(alice)}", event_id="abc-123", **BOB)
    key = make.key(alice, scopes=["events:write"], place=rookery)
    door.post("/router/v1/events", event, key=key, prefer="respond-async")

    process_queue()

    assert LinkRequest.objects.get().state == "pending"


def test_a_code_that_waits_in_the_queue_is_sealed(door: Door, alice: User) -> None:
    code = code_for(alice)
    event = line(f"!verify {code}", event_id="abc-123", **BOB)
    answer = door.post("/router/v1/events", event, prefer="respond-async")
    assert answer.status == 202
    assert code not in everything_in_the_database()

    process_queue()

    assert LinkRequest.objects.get().state == "confirming"


def everything_in_redis() -> str:
    redis: Any = redis_client()
    kept = [name + redis.dump(name) for name in redis.scan_iter()]
    return b"".join(kept).decode(errors="replace")


def everything_in_the_database() -> str:
    return "".join(
        str(list(model._default_manager.values()))
        for model in apps.get_models()
        if model._meta.managed
    )
