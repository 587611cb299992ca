"""What is said and done where people chat, on each platform."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import Settings

from tests.platforms.servers import DiscordServer, SlackServer, TwitchServer, says
from tests.platforms.servers.discord_chat import Posted
from tests.platforms.servers.twitch_chat import ChatLine
from waddlebot.lib.redis import client
from waddlebot.platforms import PLATFORMS, Deed, Delivery, Line, Outcome, Spot, platform
from waddlebot.platforms.discord import Discord
from waddlebot.platforms.slack import Slack
from waddlebot.platforms.twitch import Twitch
from waddlebot.platforms.twitch_chat import _number_of

TWITCH = Spot("alice")
DISCORD = Spot("200000000000000001", "400000000000000001")
SLACK = Spot("T042", "C042")
SPOTS = {"twitch": TWITCH, "discord": DISCORD, "slack": SLACK}
BOB = {"twitch": "43", "discord": "100000000000000043", "slack": "U043"}
MESSAGES = {"twitch": "m1", "discord": "500000000000000001", "slack": "1503435956.000100"}
SENT = Delivery(Outcome.SENT)


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    _number_of.cache_clear()
    for key in client().scan_iter("wb:platform:*"):
        client().delete(key)


@pytest.fixture(params=PLATFORMS)
def slug(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(request.param)
    return str(request.param)


def say(slug: str, text: str, **more: str) -> Delivery:
    return PLATFORMS[slug].send_chat(SPOTS[slug], Line(text, **more))


def act(slug: str, action: str, **more: Any) -> Delivery:
    deed = Deed(action, BOB[slug], MESSAGES[slug], **more)
    return PLATFORMS[slug].moderate(SPOTS[slug], deed)


def test_a_line_is_said(twitch: TwitchServer, discord: DiscordServer, slack: SlackServer) -> None:
    said = [say(each, "Hello @everyone <!channel>") for each in PLATFORMS]

    assert said == [SENT] * 3
    assert twitch.chats.lines == [ChatLine("42", "Hello @everyone <!channel>")]
    # Discord's `parse: []` is what keeps it from ringing.
    assert discord.chat.lines == [Posted(DISCORD.channel_id, "Hello @everyone <!channel>")]
    assert slack.lines == [("C042", "Hello @everyone &lt;!channel&gt;", "")]


def test_a_reply_names_what_it_answers(
    twitch: TwitchServer, discord: DiscordServer, slack: SlackServer
) -> None:
    for each in PLATFORMS:
        say(each, "Yes", reply_to=MESSAGES[each])

    assert twitch.chats.lines == [ChatLine("42", "Yes", "m1")]
    assert discord.chat.lines == [Posted(DISCORD.channel_id, "Yes", MESSAGES["discord"])]
    assert slack.lines == [("C042", "Yes", MESSAGES["slack"])]


def test_a_line_that_cannot_be_is_not_tried(slug: str) -> None:
    told = [say(slug, " "), say(slug, "a" * 50_000), say(slug, "a", reply_to="../me")]

    assert [each.code for each in told] == ["empty_text", "text_too_long", "unknown_message"]
    assert {each.outcome for each in told} == {Outcome.FAILED}


def test_without_credentials_nothing_is_said(slug: str, settings: Settings) -> None:
    for name in ("TWITCH_BOT_TOKEN", "DISCORD_BOT_TOKEN", "SLACK_BOT_TOKEN"):
        setattr(settings, name, "")

    assert say(slug, "Hello").outcome is Outcome.NOT_SUPPORTED
    assert act(slug, "delete").outcome is Outcome.NOT_SUPPORTED


def test_a_place_that_is_none_is_for_good(slug: str) -> None:
    there = Spot("no such place", "nowhere")

    told = PLATFORMS[slug].send_chat(there, Line("Hello"))

    assert (told.outcome, told.retry_after_s) == (Outcome.FAILED, None)


def test_a_line_twitch_does_not_show_is_told(twitch: TwitchServer) -> None:
    twitch.chats.drop_reason = "followers_only_mode"

    told = say("twitch", "Hello")

    assert (told.outcome, told.code) == (Outcome.FAILED, "followers_only_mode")


def test_a_line_twitch_finds_too_fast_is_said_later(
    twitch: TwitchServer,
) -> None:
    twitch.chats.drop_reason = "channel_slow_mode"

    assert say("twitch", "Hello").outcome is Outcome.RETRY


def test_twitch_is_never_asked_more_often_than_it_takes(
    twitch: TwitchServer, settings: Settings
) -> None:
    settings.TWITCH_CHAT_RATE = 100
    twitch.chats.everybody.count = 100

    told = [say("twitch", f"line {number}") for number in range(120)]

    assert [each.outcome for each in told] == [Outcome.SENT] * 100 + [Outcome.RETRY] * 20
    assert all(each.is_limited for each in told[100:])
    assert twitch.chats.everybody.refusals == 0


def test_in_a_channel_twitch_takes_a_line_a_second(twitch: TwitchServer) -> None:
    told = [say("twitch", "one"), say("twitch", "two")]

    assert [each.is_limited for each in told] == [False, True]
    assert 0 < (told[1].retry_after_s or 0) <= 1.1


def test_the_last_points_of_twitch_are_for_moderation(twitch: TwitchServer) -> None:
    twitch.trouble = says(
        200, {"data": [{"id": "42", "login": "alice", "is_sent": True}]}, Ratelimit_Remaining="7"
    )
    say("twitch", "one")

    told = PLATFORMS["twitch"].send_chat(Spot("bob"), Line("two"))
    twitch.trouble = None

    assert told.is_limited
    assert act("twitch", "ban") == SENT


def test_discord_is_listened_to_before_it_refuses(discord: DiscordServer) -> None:
    told = [say("discord", f"line {number}") for number in range(8)]

    assert [each.outcome for each in told] == [Outcome.SENT] * 5 + [Outcome.RETRY] * 3
    assert discord.chat.each[DISCORD.channel_id].refusals == 0


def test_a_line_discord_had_before_is_said_once(discord: DiscordServer) -> None:
    assert [say("discord", "Hello", key="7"), say("discord", "Hello", key="7")] == [SENT, SENT]
    assert len(discord.chat.lines) == 1


def test_what_somebody_wrote_is_taken_away(slug: str) -> None:
    told = act(slug, "delete")

    assert told == (SENT if slug != "slack" else told)
    assert told.code == ("cant_delete_message" if slug == "slack" else "")


def test_what_is_gone_is_taken_away(slug: str) -> None:
    gone = {"twitch": "m9", "discord": "500000000000000009", "slack": "1503435956.000999"}

    assert PLATFORMS[slug].moderate(SPOTS[slug], Deed("delete", "", gone[slug])) == SENT


def test_a_warning_reaches_who_is_warned(
    twitch: TwitchServer, discord: DiscordServer, slack: SlackServer
) -> None:
    assert [act(each, "warn", reason="Rude") for each in PLATFORMS] == [SENT] * 3
    assert twitch.chats.warnings == {"43": "Rude"}
    assert discord.messages[0].text == slack.messages[0].text == "Warning from a moderator: Rude"


def test_a_timeout_and_its_undo(twitch: TwitchServer, discord: DiscordServer) -> None:
    for each in ("twitch", "discord"):
        assert act(each, "timeout", seconds=60, reason="Rude") == SENT
    silent = dict(twitch.chats.bans), set(discord.chat.silenced)
    for each in ("twitch", "discord"):
        assert act(each, "untimeout") == SENT

    assert silent == ({"43": 60}, {BOB["discord"]})
    assert (twitch.chats.bans, discord.chat.silenced) == ({}, {})
    assert discord.reasons[0] == "Rude"


def test_a_ban_and_its_undo_are_done_as_often_as_they_are_asked(
    twitch: TwitchServer, discord: DiscordServer
) -> None:
    for each in ("twitch", "discord"):
        assert [act(each, "ban"), act(each, "ban")] == [SENT, SENT]
    banned = dict(twitch.chats.bans), set(discord.chat.bans)
    for each in ("twitch", "discord"):
        assert [act(each, "unban"), act(each, "unban")] == [SENT, SENT]

    assert banned == ({"43": None}, {BOB["discord"]})
    assert (twitch.chats.bans, discord.chat.bans) == ({}, set())


def test_the_longest_timeout_is_as_long_as_the_platform_has(twitch: TwitchServer) -> None:
    act("twitch", "timeout", seconds=10**9)

    assert twitch.chats.bans == {"43": 1_209_600}


def test_a_bot_that_is_no_moderator_is_told_so(twitch: TwitchServer) -> None:
    twitch.chats.moderators = set()

    assert act("twitch", "ban").code == "not_moderator"


def test_an_account_above_the_bot_is_let_be(twitch: TwitchServer, discord: DiscordServer) -> None:
    discord.chat.above = {BOB["discord"]}

    owner = Twitch().moderate(TWITCH, Deed("ban", "42"))

    assert (owner.code, act("discord", "ban").code) == ("may_not", "missing_permissions")


def test_slack_has_neither_bans_nor_timeouts(slack: SlackServer) -> None:
    assert act("slack", "ban").code == "not_supported"
    assert slack.asked == []


@dataclass
class Lent:
    """A token of the channel's owner."""

    account_id: str
    access: str

    def current(self) -> str:
        return self.access

    def renewed(self, *, refused: str) -> str:
        raise AssertionError(refused)


@pytest.mark.parametrize(
    ("scopes", "by"), [(["moderator:manage:banned_users"], "42"), (["channel:manage:vips"], "1")]
)
def test_the_owners_token_moderates_where_it_may(
    twitch: TwitchServer, scopes: list[str], by: str
) -> None:
    twitch.lent["lent"] = ("42", scopes)

    told = Twitch().moderate(Spot("alice", token=Lent("42", "lent")), Deed("ban", "43"))

    assert told == SENT
    assert twitch.chats.done_by == [by]


def test_an_admins_token_takes_messages_away_on_slack(slack: SlackServer) -> None:
    slack.teams["admin"], slack.admins = "T042", {"admin"}

    told = Slack().moderate(
        Spot("T042", "C042", Lent("T042", "admin")), Deed("delete", "", MESSAGES["slack"])
    )

    assert told == SENT


@pytest.fixture
def _twice(twitch: TwitchServer) -> Iterator[None]:
    """Another moderator changes the same account meanwhile, for once."""
    twitch.trouble = says(409, {"error": "Conflict", "status": 409, "message": "Try again."})
    yield
    twitch.trouble = None


@pytest.mark.usefixtures("_twice")
def test_what_another_moderator_changes_just_now_is_tried_again() -> None:
    spot = Spot("alice", token=Lent("42", "canary-twitch-access-0"))

    assert Twitch().moderate(spot, Deed("ban", "43")).outcome is Outcome.RETRY


def test_a_server_that_is_gone_is_told(discord: DiscordServer) -> None:
    discord.trouble = says(404, {"code": 10004, "message": "Unknown Guild"})

    assert Discord().moderate(DISCORD, Deed("ban", BOB["discord"])).code == "unknown_server"
    assert platform("discord") is PLATFORMS["discord"]
