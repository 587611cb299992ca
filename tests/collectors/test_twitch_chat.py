"""Twitch's collector at a server that speaks as Twitch does."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.collectors.tmi import ALICE, TwitchChat
from waddlebot.collectors.base import CannotError, GiveUpError
from waddlebot.collectors.pace import Pace
from waddlebot.collectors.twitch import BotToken, Options, Twitch
from waddlebot.collectors.twitch.options import Limits

TAGS = b"@badges=vip/1;user-id=42;display-name=Alice;id=m%d;tmi-sent-ts=1700000000123"
SAYS = b" :" + ALICE.encode() + b" PRIVMSG #rookery :"


@pytest.fixture
def chat() -> Iterator[TwitchChat]:
    with TwitchChat() as server:
        yield server


class Bot:
    def __init__(self, chat: TwitchChat, limits: Limits, token: str) -> None:
        self.heard: list[dict[str, Any]] = []
        options = Options("127.0.0.1", chat.port, tls=False, login="waddle", limits=limits)
        self.twitch = Twitch(self.heard.append, options, BotToken(token))

    async def hears(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.heard) < count:  # noqa: ASYNC110 - it is called by a socket
                await asyncio.sleep(0.01)
        return [event["message_content"] for event in self.heard]


@asynccontextmanager
async def running(
    chat: TwitchChat, *channels: str, limits: Limits | None = None
) -> AsyncIterator[Bot]:
    bot = Bot(chat, limits or Limits(), "good")
    task = asyncio.create_task(bot.twitch.run())
    bot.twitch.listen([f"twitch+{channel}" for channel in channels])
    yield bot
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def next_of(chat: TwitchChat, start: str) -> str:
    return await asyncio.to_thread(chat.next, start)


async def test_it_asks_for_tags_and_hears_roles(chat: TwitchChat) -> None:
    async with running(chat, "rookery") as bot:
        assert await next_of(chat, "CAP") == "CAP REQ :twitch.tv/tags twitch.tv/commands"
        assert await next_of(chat, "PASS") == "PASS oauth:good"
        await next_of(chat, "JOIN #rookery")
        chat.says(TAGS % 1 + SAYS + b"hi")

        assert await bot.hears(1) == ["hi"]
        assert bot.heard[0]["user_roles"] == ["vip"]


async def test_an_answer_names_the_message_it_answers(chat: TwitchChat) -> None:
    async with running(chat, "rookery") as bot:
        await next_of(chat, "JOIN")
        action = {"type": "chat", "text": "hi", "reply_to": "m1"}
        await bot.twitch.act("twitch+rookery", action, None)

        assert await next_of(chat, "@") == "@reply-parent-msg-id=m1 PRIVMSG #rookery :hi"


async def test_the_same_again_is_not_dropped_and_a_text_is_no_command(chat: TwitchChat) -> None:
    async with running(chat, "rookery") as bot:
        await next_of(chat, "JOIN")
        for text in ("hi", "hi", "/ban alice"):
            await bot.twitch.act("twitch+rookery", {"type": "chat", "text": text}, None)

        said = [await next_of(chat, "PRIVMSG") for _ in range(3)]
        assert len(set(said)) == 3
        assert not said[2].endswith(":/ban alice")


async def test_within_a_window_no_more_turns_come_than_are_allowed() -> None:
    clock = asyncio.get_running_loop().time
    pace, turns = Pace(3, 0.2), []
    for _ in range(7):
        await pace.turn()
        turns.append(clock())

    assert all(later - turn >= 0.2 for turn, later in zip(turns, turns[3:], strict=False))


async def test_a_hundred_channels_fill_a_connection(chat: TwitchChat) -> None:
    channels = [f"c{number}" for number in range(150)]
    async with running(chat, *channels, limits=Limits.of(verified=True)):
        logins = 0
        joins: set[str] = set()
        while len(joins) < 150:
            line = await next_of(chat, "")
            logins += line.startswith("NICK")
            joins |= {line} if line.startswith("JOIN") else set()

        assert logins == 2


async def test_it_comes_back_when_twitch_says_so_and_when_it_is_cut(chat: TwitchChat) -> None:
    async with running(chat, "rookery") as bot:
        await next_of(chat, "JOIN")
        chat.says(b":tmi.twitch.tv RECONNECT")
        await next_of(chat, "JOIN")
        chat.cuts()
        await next_of(chat, "JOIN")
        chat.says(b"PING :tmi.twitch.tv")
        assert await next_of(chat, "PONG") == "PONG :tmi.twitch.tv"
        chat.says(TAGS % 2 + SAYS + b"still here")

        assert await bot.hears(1) == ["still here"]


async def test_bad_lines_do_not_keep_the_next_from_being_heard(chat: TwitchChat) -> None:
    async with running(chat, "rookery") as bot:
        await next_of(chat, "JOIN")
        chat.says(b"@")
        chat.says(b":tmi.twitch.tv")
        chat.says(TAGS % 3 + SAYS + b"\xff\xfe")
        chat.says(TAGS % 4 + SAYS + b"x" * 10_240)
        chat.says(b"y" * 100_000)
        chat.says(b":waddle!w@h NICK :renamed")
        chat.says(TAGS % 5 + SAYS + b"fine")

        texts = await bot.hears(3)
        assert [texts[0], texts[2]] == ["\ufffd\ufffd", "fine"]


async def test_a_channel_that_bans_the_bot_is_not_tried_again_soon(chat: TwitchChat) -> None:
    chat.banned = {"#rookery"}
    async with running(chat, "rookery") as bot:
        await next_of(chat, "JOIN")
        chat.says(b"PING :1")
        await next_of(chat, "PONG")
        assert bot.twitch.refusals.resting() == {"twitch+rookery": "the bot is banned there"}

        bot.twitch.listen(["twitch+rookery"])
        with pytest.raises(CannotError):
            await bot.twitch.act("twitch+rookery", {"type": "chat", "text": "hi"}, None)


async def test_what_irc_cannot_do_is_said(chat: TwitchChat) -> None:
    async with running(chat, "rookery") as bot:
        await next_of(chat, "JOIN")

        with pytest.raises(CannotError):
            await bot.twitch.act("twitch+rookery", {"type": "direct_message"}, None)


async def test_a_revoked_token_ends_it(chat: TwitchChat) -> None:
    bot = Bot(chat, Limits(), "revoked")

    with pytest.raises(BaseExceptionGroup) as ended:
        await bot.twitch.run()
    assert ended.group_contains(GiveUpError, match="Twitch refuses TWITCH_BOT_TOKEN")
