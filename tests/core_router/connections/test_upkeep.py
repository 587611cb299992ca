"""Connections are looked at by beat, and what is broken is mended."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from core_router import tasks
from core_router.models import Connection, OutgoingAction
from core_router.operations.upkeep import keep_connections
from identity.models import Community
from tests import make
from tests.client import Api
from tests.core_router.connections.conftest import begin, come_back
from tests.core_router.connections.test_connecting import CONNECTIONS, SERVER, connect_twitch
from tests.core_router.connector.conftest import send_all
from tests.core_router.connector.test_sending import give
from tests.platforms.servers import DiscordServer, SlackServer, TwitchServer, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rookery")]

COMMANDS = "/router/v1/communities/rookery/commands"


def later(hours: float = 1) -> int:
    ahead = timedelta(hours=hours)
    return keep_connections(clock=lambda: timezone.now() + ahead)


def connect_discord(browser: Client, discord: DiscordServer) -> None:
    discord.codes_of({"yes": SERVER})
    come_back(browser, "discord", code="yes", state=begin(browser, "discord")["state"])


def connect_slack(browser: Client, slack: SlackServer, refresh: str = "") -> None:
    slack.codes["yes"] = ("T077", "canary-workspace", refresh)
    come_back(browser, "slack", code="yes", state=begin(browser, "slack")["state"])


def test_a_channel_is_subscribed_to(
    browser: Client, api: Api, twitch: TwitchServer, public: Settings
) -> None:
    connect_twitch(browser, twitch)
    twitch.eventsub.not_allowed = {"channel.cheer"}

    tasks.keep_connections()

    types = {row["type"] for row in twitch.eventsub.rows}
    (shown,) = api.get(CONNECTIONS).json()["results"]
    assert {"channel.chat.message", "stream.online", "user.whisper.message"} <= types
    assert shown["subscriptions"]["channel.chat.message"] == "enabled"
    assert shown["subscriptions"]["channel.cheer"] == "not_allowed"
    assert twitch.eventsub.rows[0]["transport"]["callback"] == (
        "https://bot.example.org/router/v1/hooks/twitch"
    )


def test_what_twitch_has_dropped_is_subscribed_to_again(
    browser: Client, twitch: TwitchServer, public: Settings
) -> None:
    connect_twitch(browser, twitch)
    later(0)
    twitch.eventsub.rows[0]["status"] = "notification_failures_exceeded"
    broken = twitch.eventsub.rows[0]["id"]
    del twitch.eventsub.rows[3]
    count = len(twitch.eventsub.rows)

    later()

    assert len(twitch.eventsub.rows) == count + 1
    assert broken not in {row["id"] for row in twitch.eventsub.rows}
    assert {row["status"] for row in twitch.eventsub.rows} == {"enabled"}


def test_a_subscription_nobody_has_answered_yet_is_looked_at_soon(
    browser: Client, twitch: TwitchServer, public: Settings
) -> None:
    connect_twitch(browser, twitch)
    later(0)
    twitch.eventsub.rows[0]["status"] = "webhook_callback_verification_pending"
    later()

    again = Connection.objects.get().due_at

    assert again < timezone.now() + timedelta(hours=1, minutes=3)


def test_what_stands_is_left_alone(
    browser: Client, twitch: TwitchServer, public: Settings
) -> None:
    connect_twitch(browser, twitch)
    later(0)
    ids = [row["id"] for row in twitch.eventsub.rows]

    assert (later(0.1), later()) == (0, 1)
    assert [row["id"] for row in twitch.eventsub.rows] == ids


def test_a_connection_that_ends_takes_its_subscriptions_along(
    browser: Client, api: Api, twitch: TwitchServer, public: Settings
) -> None:
    connect_twitch(browser, twitch)
    later(0)

    api.delete(f"{CONNECTIONS}/{Connection.objects.get().pk}")

    assert {row["type"] for row in twitch.eventsub.rows} == {"user.whisper.message"}


def test_without_a_public_address_a_collector_has_to_listen(
    browser: Client, twitch: TwitchServer
) -> None:
    connect_twitch(browser, twitch)

    later(0)

    row = Connection.objects.get()
    assert (row.state, twitch.eventsub.rows) == ("active", [])
    assert "let a collector listen" in row.detail


def test_an_expired_token_is_renewed_and_a_revoked_one_told(
    browser: Client, twitch: TwitchServer
) -> None:
    connect_twitch(browser, twitch)
    twitch.lent["other"] = twitch.lent.pop("canary-let-in-42")
    twitch.lent_refresh["canary-refresh-42"] = "other"
    later(0)
    renewed = Connection.objects.get().state
    twitch.lent.clear()
    twitch.lent_refresh.clear()

    later()

    row = Connection.objects.get()
    assert (renewed, row.state) == ("active", "broken")
    assert "has to give a new one" in row.detail


def test_a_platform_that_is_away_changes_nothing_and_is_asked_again_soon(
    browser: Client, twitch: TwitchServer
) -> None:
    connect_twitch(browser, twitch)
    twitch.trouble = says(503)

    later(0)

    row = Connection.objects.get()
    assert row.state == "active"
    assert row.due_at < timezone.now() + timedelta(minutes=6)


def test_slash_commands_are_ours_and_change_with_them(
    browser: Client, api: Api, discord: DiscordServer, rookery: Community
) -> None:
    make.command(rookery, "hug", description="Hugs somebody.")
    make.command(rookery, "far", prefix="#")
    connect_discord(browser, discord)
    later(0)
    first = {each["name"] for each in discord.installs.commands[SERVER]}

    api.post(COMMANDS, {"name": "wave", "response": "waves"})
    later(0.01)
    later()

    names = {each["name"]: each for each in discord.installs.commands[SERVER]}
    assert ("hug" in first, "far" in first, "wave" in first) == (True, False, False)
    assert names["hug"]["description"] == "Hugs somebody."
    assert "wave" in names
    assert discord.installs.registrations == 2


def test_a_server_that_is_gone_is_told(browser: Client, discord: DiscordServer) -> None:
    connect_discord(browser, discord)
    discord.installs.servers.clear()

    later(0)

    row = Connection.objects.get()
    assert (row.state, row.detail) == (
        "broken",
        "Discord has no such server, or the bot is not on it.",
    )


def test_a_workspace_is_written_to_with_its_own_token(
    browser: Client, slack: SlackServer, settings: Settings, rookery: Community
) -> None:
    settings.SLACK_BOT_TOKEN = ""
    connect_slack(browser, slack)

    give(rookery, {"type": "chat", "text": "Hello"}, entity="slack+T077+C042")
    send_all()

    assert slack.lines == [("C042", "Hello", "")]
    assert slack.asked[-1].headers["authorization"] == "Bearer canary-workspace"


def test_a_workspaces_token_is_renewed_while_it_is_used(
    browser: Client, slack: SlackServer, rookery: Community
) -> None:
    connect_slack(browser, slack, refresh="again")
    slack.codes["again"] = ("T077", "canary-newer", "further")
    slack.expired = {"canary-workspace"}

    give(rookery, {"type": "chat", "text": "Hello"}, entity="slack+T077+C042")
    send_all()
    later(0)

    assert slack.lines == [("C042", "Hello", "")]
    assert Connection.objects.get().state == "active"
    assert OutgoingAction.objects.get().state == "done"


def test_a_workspace_that_has_removed_the_bot_is_told(browser: Client, slack: SlackServer) -> None:
    connect_slack(browser, slack)
    del slack.teams["canary-workspace"]

    later(0)

    assert Connection.objects.get().state == "broken"
