"""What platforms say about tokens that communities lend."""

import pytest

from tests.platforms.servers import DiscordServer, SlackServer, TwitchServer, says
from waddlebot.lib.http import OutboundError
from waddlebot.platforms import TokenFacts
from waddlebot.platforms.discord import Discord
from waddlebot.platforms.errors import BusyError, RefusedError
from waddlebot.platforms.slack import Slack
from waddlebot.platforms.twitch import Twitch


def test_twitch_tells_whose_a_token_is(twitch: TwitchServer) -> None:
    twitch.lent["canary-lent"] = ("42", ["channel:manage:vips"])

    facts = Twitch().examine_token("canary-lent")

    assert facts == TokenFacts("42", "alice", frozenset({"channel:manage:vips"}))


def test_slack_tells_whose_a_token_is(slack: SlackServer) -> None:
    slack.teams["canary-admin"] = "T042"

    facts = Slack().examine_token("canary-admin")

    assert facts.account_id == "T042"
    assert facts.scopes == {"usergroups:read", "usergroups:write"}


def test_a_token_nobody_knows_is_refused(twitch: TwitchServer, slack: SlackServer) -> None:
    for platform in (Twitch(), Slack()):
        with pytest.raises(RefusedError):
            platform.examine_token("canary-unknown")


def test_a_token_of_another_application_is_refused(twitch: TwitchServer) -> None:
    twitch.lent["canary-lent"], twitch.client_id = ("42", []), "another"

    with pytest.raises(RefusedError, match="another application"):
        Twitch().examine_token("canary-lent")


def test_discord_takes_none(discord: DiscordServer) -> None:
    assert not Discord.takes_tokens
    with pytest.raises(RefusedError):
        Discord().examine_token("canary")


def test_a_platform_that_is_away_says_nothing_of_it(
    twitch: TwitchServer, slack: SlackServer
) -> None:
    for server, platform in ((twitch, Twitch()), (slack, Slack())):
        server.trouble = says(503)
        with pytest.raises(BusyError):
            platform.examine_token("canary-lent")
        with pytest.raises(OutboundError):
            platform.renew_token(access="canary-lent", refresh="canary-refresh")


def test_a_token_is_renewed_once(twitch: TwitchServer) -> None:
    twitch.lent["canary-lent"] = ("42", [])
    twitch.lent_refresh["canary-refresh"] = "canary-lent"

    access, refresh = Twitch().renew_token(access="canary-lent", refresh="canary-refresh")

    assert Twitch().examine_token(access).account_id == "42"
    assert refresh in twitch.lent_refresh
    with pytest.raises(RefusedError):
        Twitch().renew_token(access="canary-lent", refresh="canary-refresh")
