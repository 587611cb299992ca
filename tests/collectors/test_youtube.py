"""YouTube's collector at a YouTube with one live chat."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.collectors.youtube_server import CHANNEL, YouTubeServer
from waddlebot.collectors.base import CannotError, GiveUpError
from waddlebot.collectors.youtube import Api, YouTube, chat
from waddlebot.collectors.youtube.events import event_of

PLACE = f"youtube+{CHANNEL}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeServer]:
    monkeypatch.setattr(chat, "LEAST_PAUSE_S", 0.01)
    with YouTubeServer() as running:
        yield running


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    return []


def bot_of(server: YouTubeServer, heard: list[dict[str, Any]]) -> YouTube:
    api = Api("id", "secret", "good", server.url, server.url)
    return YouTube(heard.append, api, look_every_s=0.01)


@pytest.fixture
async def bot(server: YouTubeServer, heard: list[dict[str, Any]]) -> AsyncIterator[YouTube]:
    server.writes("said before we came")
    youtube = bot_of(server, heard)
    youtube.listen([PLACE])
    task = asyncio.create_task(youtube.run())
    await asyncio.to_thread(server.next, "polled")
    yield youtube
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def hears(heard: list[dict[str, Any]], count: int) -> list[str]:
    async with asyncio.timeout(20):
        while len(heard) < count:  # noqa: ASYNC110 - it is called by a socket
            await asyncio.sleep(0.01)
    return [event["message_content"] for event in heard]


async def test_it_hears_what_is_said_from_now_on(
    bot: YouTube, server: YouTubeServer, heard: list[dict[str, Any]]
) -> None:
    server.writes("!hail")

    assert await hears(heard, 1) == ["!hail"]
    assert heard[0]["user_roles"] == ["moderator"]
    assert (heard[0]["server_id"], heard[0]["user_id"]) == (CHANNEL, "UCalice")


async def test_a_token_that_has_expired_is_renewed(
    bot: YouTube, server: YouTubeServer, heard: list[dict[str, Any]]
) -> None:
    server.token = "second"
    server.writes("still here")

    assert await hears(heard, 1) == ["still here"]


async def test_it_speaks_in_pieces_and_moderates(bot: YouTube, server: YouTubeServer) -> None:
    await bot.act(PLACE, {"type": "chat", "text": "word " * 60}, None)
    timeout = {"type": "moderate", "action": "timeout", "user_id": "UCeve", "seconds": 60}
    await bot.act(PLACE, timeout, None)

    said = [server.next("POST liveChat/messages")["snippet"] for _ in range(2)]
    assert all(len(each["textMessageDetails"]["messageText"]) <= 200 for each in said)
    ban = server.next("POST liveChat/bans")["snippet"]
    assert (ban["type"], ban["banDurationSeconds"]) == ("temporary", 60)


async def test_what_comes_when_nothing_is_streamed_cannot_be_said(
    server: YouTubeServer, heard: list[dict[str, Any]]
) -> None:
    with pytest.raises(CannotError):
        await bot_of(server, heard).act(PLACE, {"type": "chat", "text": "hi"}, None)


async def test_a_stream_that_ends_and_begins_again_is_heard_again(
    bot: YouTube, server: YouTubeServer, heard: list[dict[str, Any]]
) -> None:
    server.is_over = True
    async with asyncio.timeout(20):
        while bot._chats:  # noqa: ASYNC110 - it is emptied by a task
            await asyncio.sleep(0.01)
    server.is_over = False
    await asyncio.to_thread(server.next, "polled")
    async with asyncio.timeout(20):
        while not heard:
            server.writes("back")
            await asyncio.sleep(0.05)

    assert heard[0]["message_content"] == "back"


async def test_a_refused_token_ends_it(server: YouTubeServer, heard: list[dict[str, Any]]) -> None:
    server.refresh = "another"
    youtube = bot_of(server, heard)
    youtube.listen([PLACE])

    with pytest.raises(GiveUpError, match="Google refuses YOUTUBE_REFRESH_TOKEN"):
        await youtube.run()


@pytest.mark.parametrize(
    "item",
    [{}, {"snippet": None}, {"snippet": {"type": "textMessageEvent"}}, {"snippet": {"type": 7}}],
)
def test_what_tells_of_nobody_is_no_event(item: dict[str, Any]) -> None:
    assert event_of(item) is None


def test_a_super_chat_is_a_donation_with_its_amount() -> None:
    details = {"amountMicros": "5000000", "currency": "EUR", "tier": 2}
    snippet = {"type": "superChatEvent", "superChatDetails": details, "displayMessage": "€5"}
    event = event_of({"id": "m", "snippet": snippet, "authorDetails": {"channelId": "UC1"}})

    assert event
    assert event["message_type"] == "donation"
    assert event["metadata"] == {"amountMicros": "5000000", "currency": "EUR"}
