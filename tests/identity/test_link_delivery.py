"""Codes sent to the account to be linked, and typed back where they were asked for."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from identity import api as identity
from identity import tasks
from identity.models import AuditEvent, CodeAttempt, IdentityLink, LinkRequest, User
from identity.operations.link_delivery import deliver_codes
from tests import make
from tests.client import Api
from tests.identity.parallel import at_once
from tests.platforms.conftest import discord, twitch
from tests.platforms.servers import DiscordServer, TwitchServer, says
from waddlebot.lib.redis import client as redis_client

__all__ = ["discord", "twitch"]

LINKS = "/identity/v1/links"


@pytest.fixture
def own(alice: User) -> Api:
    return Api(make.key(alice, scopes=["identity:read", "identity:manage"]))


def ask(own: Api, username: str = "bob", platform: str = "twitch") -> str:
    wish = {"platform": platform, "platform_username": username, "method": "dm"}
    answer = own.post(LINKS, wish)
    assert answer.status_code == 201, answer.content
    assert "code" not in answer.json()
    return str(answer.json()["link_id"])


def deliver(later: timedelta = timedelta(0)) -> None:
    redis_client().delete("wb:platform:twitch:second")
    deliver_codes(clock=lambda: timezone.now() + later)


def seen(platform: str, platform_user_id: str, name: str) -> None:
    identity.resolve(platform=platform, platform_user_id=platform_user_id, user_name=name)


def code_in(text: str) -> str:
    found = re.search(r"!verify ([A-Z2-9]{6})\b", text)
    assert found is not None
    return found[1]


def outcome(own: Api, link_id: str) -> tuple[str, str]:
    shown = own.get(f"{LINKS}/{link_id}").json()
    return shown["delivery"], shown["delivery_detail"]


def test_a_code_is_sent_there_and_typed_here(own: Api, twitch: TwitchServer, alice: User) -> None:
    link_id = ask(own)
    assert own.get(f"{LINKS}/{link_id}").json()["delivery"] == "queued"
    tasks.deliver_codes()
    sent = twitch.whispers[0]
    assert (sent.to, own.get(f"{LINKS}/{link_id}").json()["delivery"]) == ("43", "sent")

    answer = own.post(f"{LINKS}/{link_id}/verify", {"code": code_in(sent.text)})

    assert (answer.status_code, answer.json()["state"]) == (200, "verified")
    link = IdentityLink.objects.get(platform="twitch")
    assert (link.user_id, link.platform_user_id, link.method) == (alice.pk, "43", "dm")


def test_the_message_says_who_asks_and_warns(own: Api, twitch: TwitchServer) -> None:
    ask(own)
    deliver()

    text = twitch.whispers[0].text
    assert "The WaddleBot account Alice (alice)" in text
    assert "Give the code to nobody" in text


def test_a_code_is_good_once_and_for_who_asked(own: Api, twitch: TwitchServer) -> None:
    link_id = ask(own)
    deliver()
    code = code_in(twitch.whispers[0].text)
    eve = make.user("eve")
    theirs = Api(make.key(eve, scopes=["identity:manage"]))
    their_id = ask(theirs, "carol")

    stolen = theirs.post(f"{LINKS}/{their_id}/verify", {"code": code})
    own.post(f"{LINKS}/{link_id}/verify", {"code": code})
    again = own.post(f"{LINKS}/{link_id}/verify", {"code": code})

    assert stolen.json()["code"] == again.json()["code"] == "code_invalid"
    assert not IdentityLink.objects.filter(user=eve).exists()


def test_five_wrong_codes_burn_it(own: Api, twitch: TwitchServer) -> None:
    link_id = ask(own)
    deliver()
    path = f"{LINKS}/{link_id}/verify"
    wrong = [own.post(path, {"code": "ABCDEF"}).json()["code"] for _ in range(5)]

    answer = own.post(path, {"code": code_in(twitch.whispers[0].text)})

    assert wrong == ["code_invalid"] * 5
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")


def test_an_account_of_another_person_is_not_taken(own: Api, twitch: TwitchServer) -> None:
    make.link(make.user("bob"), "twitch", "43")
    link_id = ask(own)
    deliver()

    answer = own.post(f"{LINKS}/{link_id}/verify", {"code": code_in(twitch.whispers[0].text)})

    assert (answer.status_code, answer.json()["code"]) == (409, "account_already_linked")
    assert own.get(f"{LINKS}/{link_id}").json()["state"] == "cancelled"


def test_an_account_chat_has_seen_is_found_by_its_name(own: Api, discord: DiscordServer) -> None:
    seen("discord", "100000000000000043", "bob")

    link_id = ask(own, platform="discord")
    deliver()

    assert outcome(own, link_id)[0] == "sent"
    assert discord.messages[0].to == "100000000000000043"


@pytest.mark.parametrize("slug", ["discord", "twitch"])
def test_whom_a_community_calls_by_anothers_name_gets_no_code(
    own: Api, discord: DiscordServer, twitch: TwitchServer, slug: str
) -> None:
    seen(slug, {"discord": "100000000000000042", "twitch": "42"}[slug], "bob")

    ask(own, platform=slug)
    deliver()

    assert discord.messages == []
    assert [sent.to for sent in twitch.whispers] == (["43"] if slug == "twitch" else [])


def test_of_two_accounts_of_one_name_none_gets_it(own: Api, discord: DiscordServer) -> None:
    for user_id in ("100000000000000042", "100000000000000043"):
        seen("discord", user_id, "bob")

    link_id = ask(own, platform="discord")
    deliver()

    assert outcome(own, link_id)[0] == "delivery_failed"
    assert discord.messages == []


def test_an_unknown_account_is_told_afterwards_not_at_once(own: Api, twitch: TwitchServer) -> None:
    link_id = ask(own, "nobody")
    deliver()

    assert outcome(own, link_id) == ("delivery_failed", "No such account is known there.")


def test_the_platforms_reason_is_shown(own: Api, twitch: TwitchServer) -> None:
    twitch.takes_no_whispers = {"43"}

    link_id = ask(own)
    deliver()

    assert outcome(own, link_id) == (
        "delivery_failed",
        "This account takes no whispers from strangers.",
    )


def test_past_twitchs_daily_limit_the_other_way_is_named(own: Api, twitch: TwitchServer) -> None:
    for number in range(40):
        seen("twitch", f"{1000 + number}", f"penguin{number}")
        twitch.users[f"{1000 + number}"] = f"penguin{number}"
        ask(own, f"penguin{number}")
        forget_limits()
        deliver()
    assert len(twitch.whispers) == 40

    link_id = ask(own)
    deliver()

    assert "Ask for a code to type into a Twitch chat instead." in outcome(own, link_id)[1]


def forget_limits() -> None:
    CodeAttempt.objects.all().delete()
    redis_client().delete("wb:platform:twitch:minute")


def test_a_platform_that_is_away_is_asked_again(own: Api, twitch: TwitchServer) -> None:
    link_id = ask(own)
    twitch.trouble = says(503)
    deliver()
    assert outcome(own, link_id)[0] == "queued"

    twitch.trouble = None
    deliver(later=timedelta(minutes=2))

    assert outcome(own, link_id)[0] == "sent"
    assert len(twitch.whispers) == 1


def test_after_five_attempts_it_has_failed(own: Api, twitch: TwitchServer) -> None:
    link_id = ask(own)
    twitch.trouble = says(503)

    for minutes in range(8):
        deliver(later=timedelta(minutes=minutes))

    assert outcome(own, link_id)[0] == "delivery_failed"
    assert LinkRequest.objects.get().delivery_attempts <= 5


def test_a_platform_without_messages_names_the_other_way(own: Api) -> None:
    wish = {"platform": "twitch", "platform_username": "bob", "method": "dm"}

    answer = own.post(LINKS, wish)

    assert (answer.status_code, answer.json()["code"]) == (409, "not_supported")
    assert "Ask for a code to type there" in answer.json()["detail"]
    assert not LinkRequest.objects.exists()


def test_credentials_that_went_away_meanwhile_are_an_outcome(
    own: Api, twitch: TwitchServer, settings: Settings
) -> None:
    link_id = ask(own)
    settings.TWITCH_BOT_TOKEN = ""

    deliver()

    assert outcome(own, link_id)[0] == "not_supported"


def test_a_code_needs_somebody_to_go_to(own: Api, twitch: TwitchServer) -> None:
    answer = own.post(LINKS, {"platform": "twitch", "method": "dm"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#/platform_username"


def test_a_cancelled_request_sends_nothing(own: Api, twitch: TwitchServer) -> None:
    own.delete(f"{LINKS}/{ask(own)}")

    deliver()

    assert twitch.whispers == []


def test_a_new_code_ends_the_one_that_was_sent(own: Api, twitch: TwitchServer) -> None:
    link_id = ask(own)
    deliver()
    LinkRequest.objects.update(expires_at=timezone.now() + timedelta(minutes=8))
    assert own.post(f"{LINKS}/{link_id}/resend").status_code == 200
    deliver()
    old, new = (code_in(sent.text) for sent in twitch.whispers)

    path = f"{LINKS}/{link_id}/verify"
    assert own.post(path, {"code": old}).status_code == 400
    assert own.post(path, {"code": new}).status_code == 200


def test_a_code_that_is_sent_is_kept_nowhere(own: Api, twitch: TwitchServer) -> None:
    ask(own)
    waiting = str(list(LinkRequest.objects.values()))
    deliver()

    code = code_in(twitch.whispers[0].text)
    assert "code_hash': None" in waiting
    assert code not in str(list(LinkRequest.objects.values()) + list(AuditEvent.objects.values()))
    assert code not in b"".join(queued_in_redis()).decode(errors="replace")


def queued_in_redis() -> list[bytes]:
    redis: Any = redis_client()
    return [name + redis.dump(name) for name in redis.scan_iter()]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_sends(twitch: TwitchServer) -> None:
    own = Api(make.key(make.user("alice"), scopes=["identity:manage"]))
    ask(own)

    at_once(*[lambda: deliver_codes(clock=timezone.now)] * 10)

    assert len(twitch.whispers) == 1


def test_signing_in_there_is_a_page_of_ours(own: Api, settings: Settings, alice: User) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"twitch": {"APPS": [{"client_id": "id"}]}}

    asked = own.post(LINKS, {"platform": "twitch", "method": "oauth"}).json()
    make.link(alice, "twitch", "42")

    assert asked["authorize_url"].endswith("/identity/account/connections/")
    assert own.get(f"{LINKS}/{asked['link_id']}").json()["state"] == "verified"
    assert own.post(LINKS, {"platform": "slack", "method": "oauth"}).status_code == 409


def test_tidying_ends_what_nobody_came_back_to(own: Api, twitch: TwitchServer) -> None:
    link_id = ask(own)
    LinkRequest.objects.update(expires_at=timezone.now())

    tasks.maintain()

    row = LinkRequest.objects.get(pk=link_id)
    assert (row.state, row.delivery) == ("expired", "delivery_failed")


def test_tidying_forgets_what_ended_a_month_ago_and_no_account(own: Api, alice: User) -> None:
    make.link(alice, "twitch", "42")
    own.post(LINKS, {"platform": "discord"})
    long_ago: datetime = timezone.now() - timedelta(days=31)
    LinkRequest.objects.update(expires_at=long_ago)

    tasks.maintain()
    tasks.maintain()

    assert [row.platform for row in LinkRequest.objects.all()] == ["twitch"]
