from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from identity import api as identity
from identity.data import Role
from identity.models import AuditEvent, Community, LentToken, User
from identity.operations.erasing import erase_due, request_erasure
from tests import make
from tests.client import Api
from tests.platforms.conftest import slack, twitch
from tests.platforms.servers import SlackServer, TwitchServer, says
from waddlebot.lib.http import OutboundError
from waddlebot.platforms import Token
from waddlebot.platforms.errors import ClosedError

__all__ = ["slack", "twitch"]
TOKENS = "/identity/v1/communities/rookery/platform-tokens"
LENT = {"platform": "twitch", "access_token": "canary-lent", "refresh_token": "canary-refresh"}


@pytest.fixture
def lent(twitch: TwitchServer) -> TwitchServer:
    """Alice's channel has given the bot's application a token."""
    twitch.lent["canary-lent"] = ("42", ["channel:manage:vips"])
    twitch.lent_refresh["canary-refresh"] = "canary-lent"
    return twitch


def borrowed(rookery: Community, server_id: str = "alice") -> Token:
    token = identity.borrow(community_id=rookery.pk, platform="twitch", server_id=server_id)
    assert token is not None
    return token


def test_a_lent_token_is_told_of_and_never_shown(api: Api, lent: TwitchServer) -> None:
    answer = api.post(TOKENS, LENT)

    assert answer.status_code == 201
    assert answer.json()["account_name"] == "alice"
    assert answer.json()["scopes"] == ["channel:manage:vips"]
    assert api.get(TOKENS).json()["results"] == [answer.json()]
    assert b"canary" not in answer.content + api.get(TOKENS).content


def test_it_is_sealed_in_the_database_and_not_in_the_log(api: Api, lent: TwitchServer) -> None:
    api.post(TOKENS, LENT)

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM lent_tokens t")
        assert "canary" not in str(cursor.fetchall())
    assert "canary" not in str(AuditEvent.objects.values_list("details"))


def test_it_is_borrowed_by_the_channels_name_or_number(
    api: Api, lent: TwitchServer, rookery: Community
) -> None:
    api.post(TOKENS, LENT)

    assert borrowed(rookery, "Alice").current() == "canary-lent"
    assert borrowed(rookery, "42").account_id == "42"
    assert identity.borrow(community_id=rookery.pk, platform="twitch", server_id="bob") is None
    assert identity.borrow(community_id=rookery.pk, platform="slack", server_id="42") is None


def test_another_community_borrows_nothing(api: Api, lent: TwitchServer, alice: User) -> None:
    api.post(TOKENS, LENT)
    other = make.community(owner=alice, slug="other")

    assert identity.borrow(community_id=other.pk, platform="twitch", server_id="42") is None


def test_a_renewed_token_is_kept(api: Api, lent: TwitchServer, rookery: Community) -> None:
    api.post(TOKENS, LENT)
    token = borrowed(rookery)

    access = token.renewed(refused="canary-lent")

    assert access != "canary-lent"
    assert token.current() == access
    assert token.renewed(refused="canary-lent") == access
    assert lent.renewals == 1


def test_one_that_nothing_renews_is_refused(
    api: Api, lent: TwitchServer, rookery: Community
) -> None:
    api.post(TOKENS, LENT | {"refresh_token": "x"})
    with pytest.raises(OutboundError):
        borrowed(rookery).renewed(refused="canary-lent")

    api.post(TOKENS, {"platform": "twitch", "access_token": "canary-lent"})
    with pytest.raises(ClosedError):
        borrowed(rookery).renewed(refused="canary-lent")


def test_another_of_the_same_account_takes_its_place(api: Api, lent: TwitchServer) -> None:
    first = api.post(TOKENS, LENT)
    lent.lent["canary-other"] = ("42", ["channel:manage:moderators"])

    again = api.post(TOKENS, LENT | {"access_token": "canary-other"})

    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert again.json()["scopes"] == ["channel:manage:moderators"]


def test_what_is_taken_back_is_gone(api: Api, lent: TwitchServer, rookery: Community) -> None:
    made = api.post(TOKENS, LENT).json()
    token = borrowed(rookery)

    assert api.delete(f"{TOKENS}/{made['id']}").status_code == 204
    assert api.delete(f"{TOKENS}/{made['id']}").status_code == 404
    with pytest.raises(ClosedError):
        token.current()


def test_slack_lends_one_too(api: Api, slack: SlackServer) -> None:
    slack.teams["canary-admin"] = "T042"

    answer = api.post(TOKENS, {"platform": "slack", "access_token": "canary-admin"})

    assert answer.json()["account_id"] == "T042"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"platform": "discord", "access_token": "x"}, "#/platform"),
        ({"platform": ["twitch"], "access_token": "x"}, "#/platform"),
        ({"platform": "twitch"}, "#/access_token"),
        ({"platform": "twitch", "access_token": "a\r\nX: y"}, "#/access_token"),
        ({"platform": "twitch", "access_token": "x\n"}, "#/access_token"),
        ({"platform": "twitch", "access_token": "x" * 501}, "#/access_token"),
        ({"platform": "twitch", "access_token": "unknown"}, "#/access_token"),
        ({"platform": "twitch", "access_token": "x", "refresh_token": "é"}, "#/refresh_token"),
    ],
)
def test_bad_input_is_told(api: Api, twitch: TwitchServer, body: Any, pointer: str) -> None:
    answer = api.post(TOKENS, body)

    assert answer.status_code == 400
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [pointer]
    assert not LentToken.objects.exists()


def test_a_platform_that_is_away_is_no_fault_of_ours(api: Api, lent: TwitchServer) -> None:
    lent.trouble = says(500)

    answer = api.post(TOKENS, LENT)

    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_moderators_neither_see_nor_lend(lent: TwitchServer, rookery: Community) -> None:
    moderator = make.member(rookery, make.user(), Role.MODERATOR)
    api = Api(make.key(moderator, place=rookery))

    assert api.get(TOKENS).status_code == 403
    assert api.post(TOKENS, LENT).status_code == 403


def test_who_is_erased_lends_nothing_any_more(
    api: Api, lent: TwitchServer, rookery: Community
) -> None:
    bob = make.user("bob")
    make.link(bob, "twitch", "42", "alice")
    api.post(TOKENS, LENT)

    request_erasure(user_id=bob.pk, actor="system", now=timezone.now())
    erase_due(now=timezone.now() + timedelta(days=31))

    assert not LentToken.objects.exists()
