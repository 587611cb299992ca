"""The live chat of the account that streams, while it streams."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any, ClassVar, Final

from waddlebot.collectors.base import Action, CannotError, Event, Hear, Platform, backoff_s
from waddlebot.collectors.pieces import pieces
from waddlebot.collectors.youtube.api import Api, RefusedError
from waddlebot.collectors.youtube.events import event_of

logger = logging.getLogger(__name__)

LONGEST_TEXT: Final = 200
LOOK_EVERY_S: Final = 60.0
"""For a broadcast; each look costs the application one of its 10,000 units a day."""
LEAST_PAUSE_S: Final = 5.0
OVER: Final = frozenset({"liveChatEnded", "liveChatNotFound", "liveChatDisabled"})
MESSAGES: Final = "liveChat/messages"


class YouTube(Platform):
    slug: ClassVar[str] = "youtube"

    def __init__(self, hear: Hear, api: Api, *, look_every_s: float = LOOK_EVERY_S) -> None:
        super().__init__(hear)
        self._api = api
        self._look_every_s = look_every_s
        self._places: frozenset[str] = frozenset()
        self._chats: dict[str, str] = {}
        self._has_places = asyncio.Event()

    async def run(self) -> None:
        failures = 0
        while True:
            await self._has_places.wait()
            try:
                for channel, chat in (await self._broadcasts()).items():
                    await self._follow(channel, chat)
                failures = 0
            except (ConnectionError, RefusedError) as trouble:
                failures += 1
                logger.warning("YouTube does not answer", extra={"error": str(trouble)})
                await asyncio.sleep(backoff_s(failures))
            await asyncio.sleep(self._look_every_s)

    def listen(self, entities: Collection[str]) -> None:
        self._places = frozenset(entities)
        (self._has_places.set if entities else self._has_places.clear)()

    async def act(self, entity: str, action: Action, event: Event | None) -> None:
        del event
        chat = self._chats.get(entity.split("+")[1])
        if chat is None:
            raise CannotError("nothing is streamed there")
        try:
            await self._do(chat, action)
        except (RefusedError, ConnectionError) as refusal:
            raise CannotError(str(refusal)) from None

    async def _do(self, chat: str, action: Action) -> None:
        match action["type"], action.get("action"):
            case "chat", _:
                for text in pieces(str(action["text"]), LONGEST_TEXT):
                    details = {"textMessageDetails": {"messageText": text}}
                    await self._post(MESSAGES, chat, {"type": "textMessageEvent", **details})
            case "moderate", "delete" if action.get("message_id"):
                await self._api.ask("DELETE", MESSAGES, {"id": str(action["message_id"])})
            case "moderate", "ban" | "timeout" as kind:
                who = {"bannedUserDetails": {"channelId": str(action["user_id"])}}
                seconds = {"banDurationSeconds": int(action.get("seconds", 600))}
                how = {"type": "permanent"} if kind == "ban" else {"type": "temporary", **seconds}
                await self._post("liveChat/bans", chat, how | who)
            case kind, _:
                raise CannotError(f"YouTube has no way for {kind}")

    async def _post(self, path: str, chat: str, snippet: dict[str, Any]) -> None:
        body = {"snippet": {"liveChatId": chat, **snippet}}
        await self._api.ask("POST", path, {"part": "snippet"}, body)

    async def _broadcasts(self) -> dict[str, str]:
        """Return the chats of what is streamed now, by channel."""
        query = {"part": "snippet", "broadcastStatus": "active", "broadcastType": "all"}
        answer = await self._api.ask("GET", "liveBroadcasts", query)
        parts = [item.get("snippet", {}) for item in answer.get("items", [])]
        chats = {str(part.get("channelId")): part.get("liveChatId") for part in parts}
        return {
            channel: str(chat)
            for channel, chat in chats.items()
            if chat and f"{self.slug}+{channel}" in self._places
        }

    async def _follow(self, channel: str, chat: str) -> None:
        """Hear a chat until it is over. What was said before we came is passed over."""
        self._chats[channel] = chat
        query = {"liveChatId": chat, "part": "snippet,authorDetails"}
        try:
            page = await self._api.ask("GET", MESSAGES, query)
            while "offlineAt" not in page and f"{self.slug}+{channel}" in self._places:
                pause_s = float(page.get("pollingIntervalMillis", 0)) / 1000
                await asyncio.sleep(max(pause_s, LEAST_PAUSE_S))
                token = {"pageToken": str(page.get("nextPageToken", ""))}
                page = await self._api.ask("GET", MESSAGES, query | token)
                self._hear_all(channel, page.get("items", []))
        except RefusedError as refusal:
            if str(refusal) not in OVER:
                raise
        finally:
            del self._chats[channel]

    def _hear_all(self, channel: str, items: list[dict[str, Any]]) -> None:
        for item in items:
            if event := event_of(item):
                self.hear({"platform": self.slug, "server_id": channel, **event})
