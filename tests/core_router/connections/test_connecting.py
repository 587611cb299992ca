"""A channel, a server or a workspace lets the bot in, which proves whose it is."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from core_router.models import Connection, Entity
from core_router.operations.connecting import ConnectionNotMadeError, begun_by
from core_router.queries.personal import connections_of
from identity.models import AuditEvent, Community, LentToken, User
from identity.operations.erasing import erase_due, request_erasure
from tests import make
from tests.client import Api
from tests.core_router.connections.conftest import PAGE, begin, come_back
from tests.platforms.servers import DiscordServer, SlackServer, TwitchServer, hangs_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rookery")]

CONNECTIONS = "/router/v1/communities/rookery/connections"
SERVER = "200000000000000002"
SCOPES = ["channel:bot", "moderator:manage:banned_users"]


def connect_twitch(browser: Client, twitch: TwitchServer, who: str = "42") -> int:
    twitch.codes["yes"] = (who, SCOPES)
    return come_back(browser, "twitch", code="yes", state=begin(browser, "twitch")["state"])


def test_a_broadcaster_proves_the_channel(
    browser: Client, twitch: TwitchServer, rookery: Community
) -> None:
    status = connect_twitch(browser, twitch)

    entity = Entity.objects.get()
    row = Connection.objects.get()
    assert (status, entity.key, entity.is_proven) == (302, "twitch+alice", True)
    assert (row.account_id, row.community_id, row.sealed) == ("42", rookery.pk, None)
    assert LentToken.objects.get().account_id == "42"


def test_what_is_asked_for_is_bound_to_this_place(browser: Client, twitch: TwitchServer) -> None:
    asked = begin(browser, "twitch")

    assert asked["redirect_uri"].endswith("/portal/connections/twitch/callback")
    assert (asked["response_type"], asked["client_id"]) == ("code", "twitch-client")
    assert "channel:bot" in asked["scope"].split()


def test_a_manager_proves_the_server(browser: Client, discord: DiscordServer) -> None:
    discord.codes_of({"yes": SERVER})
    asked = begin(browser, "discord")

    status = come_back(browser, "discord", code="yes", state=asked["state"])

    (token,) = [each.form for each in discord.asked if each.path == "/oauth2/token"]
    digest = hashlib.sha256(token["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert (status, Entity.objects.get().key) == (302, f"discord+{SERVER}")
    assert discord.installs.revoked == ["canary-manager"]


def test_a_workspace_gives_a_token_of_its_own(browser: Client, slack: SlackServer) -> None:
    slack.codes["yes"] = ("T077", "canary-workspace", "")

    status = come_back(browser, "slack", code="yes", state=begin(browser, "slack")["state"])

    row = Connection.objects.get()
    assert (status, Entity.objects.get().key, row.name) == (302, "slack+T077", "Penguins")
    assert row.sealed is not None
    assert b"canary" not in bytes(row.sealed)


def test_another_browser_cannot_take_it_over(
    browser: Client, twitch: TwitchServer, alice: User
) -> None:
    twitch.codes["yes"] = ("42", SCOPES)
    state = begin(browser, "twitch")["state"]
    other = Client()
    other.force_login(alice)

    status = come_back(other, "twitch", code="yes", state=state)

    assert (status, Connection.objects.exists()) == (400, False)
    assert "yes" in twitch.codes


@pytest.mark.parametrize("state", ["", "x", "\N{SNOWMAN}", "a" * 5000, "gAAAAA=="])
def test_what_was_not_begun_here_is_refused(browser: Client, state: str) -> None:
    assert come_back(browser, "twitch", code="yes", state=state) == 400


def test_a_state_is_for_its_platform_and_for_ten_minutes(
    browser: Client, twitch: TwitchServer, slack: SlackServer
) -> None:
    state = begin(browser, "twitch")["state"]

    assert come_back(browser, "slack", code="yes", state=state) == 400
    with pytest.raises(ConnectionNotMadeError):
        begun_by(
            platform="twitch",
            state=state,
            session_key=browser.session.session_key or "",
            now=timezone.now() + timedelta(minutes=11),
        )


def test_who_says_no_connects_nothing(browser: Client, twitch: TwitchServer) -> None:
    state = begin(browser, "twitch")["state"]

    told = [
        come_back(browser, "twitch", error="access_denied", state=state),
        come_back(browser, "twitch", code="made-up", state=state),
    ]

    assert (told, Connection.objects.exists()) == ([400, 400], False)


def test_a_platform_that_is_away_is_told(browser: Client, twitch: TwitchServer) -> None:
    state = begin(browser, "twitch")["state"]
    twitch.trouble = hangs_up

    assert come_back(browser, "twitch", code="yes", state=state) == 503


def test_a_channel_another_community_has_proven_is_theirs(
    browser: Client, twitch: TwitchServer
) -> None:
    other = make.community(owner=make.user("bob"))
    make.entity(other, server_id="alice")

    status = connect_twitch(browser, twitch)

    assert (status, Connection.objects.exists()) == (409, False)
    assert not LentToken.objects.exists()


def test_an_unproven_claim_gives_way(browser: Client, twitch: TwitchServer) -> None:
    make.entity(make.community(owner=make.user("bob")), server_id="alice", is_proven=False)

    connect_twitch(browser, twitch)

    assert Entity.objects.get().community.slug == "rookery"


def test_only_who_runs_the_community_connects(
    twitch: TwitchServer, discord: DiscordServer, rookery: Community
) -> None:
    bob = make.member(rookery, make.user("bob"))
    theirs = Client()
    theirs.force_login(User.objects.get(pk=bob.pk))

    assert theirs.get(PAGE).status_code == 403
    assert theirs.post(PAGE, {"platform": "twitch"}).status_code == 403
    assert Client().get(PAGE).status_code == 302


def test_a_key_is_told_to_send_a_browser(api: Api, twitch: TwitchServer) -> None:
    refused = api.post(CONNECTIONS, {"platform": "twitch"})

    assert (refused.status_code, refused.json()["code"]) == (403, "session_needed")
    assert PAGE in refused.json()["detail"]


def test_a_session_is_told_where_to_go_by_the_api_too(
    browser: Client, twitch: TwitchServer
) -> None:
    twitch.codes["yes"] = ("42", SCOPES)

    sent = browser.post(CONNECTIONS, {"platform": "twitch"}, content_type="application/json")
    query = parse_qs(urlsplit(sent.json()["authorize_url"]).query)

    assert come_back(browser, "twitch", code="yes", state=query["state"][0]) == 302


def test_what_is_not_set_up_is_not_offered(browser: Client) -> None:
    assert b"has not set up a platform" in browser.get(PAGE).content
    assert browser.post(PAGE, {"platform": "twitch"}).status_code == 409
    assert browser.post(PAGE, {"platform": "icq"}).status_code == 400


def test_disconnecting_gives_everything_back(
    browser: Client, api: Api, twitch: TwitchServer
) -> None:
    connect_twitch(browser, twitch)
    (row,) = api.get(CONNECTIONS).json()["results"]

    first = api.delete(f"{CONNECTIONS}/{row['id']}")
    again = api.delete(f"{CONNECTIONS}/{row['id']}")

    assert (first.status_code, again.status_code) == (204, 404)
    assert twitch.revoked == ["canary-let-in-42"]
    assert not LentToken.objects.exists()
    assert "canary" not in str(row)


def test_disconnecting_works_while_the_platform_is_away(
    browser: Client, twitch: TwitchServer
) -> None:
    connect_twitch(browser, twitch)
    twitch.trouble = hangs_up

    left = browser.post(PAGE, {"leave": str(Connection.objects.get().pk)})

    assert (left.status_code, Connection.objects.exists()) == (302, False)


def test_a_server_is_left_and_a_workspaces_token_revoked(
    browser: Client, discord: DiscordServer, slack: SlackServer
) -> None:
    discord.codes_of({"yes": SERVER})
    slack.codes["yes"] = ("T077", "canary-workspace", "")
    for each in ("discord", "slack"):
        come_back(browser, each, code="yes", state=begin(browser, each)["state"])

    for pk in list(Connection.objects.values_list("pk", flat=True)):
        browser.post(PAGE, {"leave": str(pk)})

    assert SERVER not in discord.installs.servers
    assert "canary-workspace" not in slack.teams


def test_both_ends_are_in_the_log_without_tokens(browser: Client, twitch: TwitchServer) -> None:
    connect_twitch(browser, twitch)
    browser.post(PAGE, {"leave": str(Connection.objects.get().pk)})

    told = AuditEvent.objects.filter(action__startswith="connection.").order_by("id")
    assert [event.action for event in told] == ["connection.made", "connection.ended"]
    assert "canary" not in str([event.details for event in AuditEvent.objects.all()])


def test_it_goes_with_whose_channel_it_is(browser: Client, twitch: TwitchServer) -> None:
    connect_twitch(browser, twitch, who="43")
    bob = make.user("bob")
    make.link(bob, "twitch", "43")

    exported = list(connections_of(bob.pk))
    request_erasure(user_id=bob.pk, actor="system", now=timezone.now())
    erase_due(now=timezone.now() + timedelta(days=8))

    assert [row["account_id"] for row in exported] == ["43"]
    assert not Connection.objects.exists()
