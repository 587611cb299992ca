"""The workspace of a Slack app."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection
from typing import Any, ClassVar, Final

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from waddlebot.collectors.base import (
    Action,
    CannotError,
    Event,
    GiveUpError,
    Hear,
    Platform,
    backoff_s,
)
from waddlebot.collectors.pieces import pieces
from waddlebot.collectors.slack.events import event_of, marked, slash_of, who

logger = logging.getLogger(__name__)

LONGEST_TEXT: Final = 4000
KNOWN_PEOPLE: Final = 5000
KNOWN_FOR_S: Final = 600.0
OVER: Final = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked"})
REFUSED: Final = "Slack refuses SLACK_APP_TOKEN or SLACK_BOT_TOKEN: copy them anew"
LOOK_EVERY_S: Final = 120.0


class Slack(Platform):
    slug: ClassVar[str] = "slack"

    def __init__(self, hear: Hear, *, app_token: str, bot_token: str, url: str) -> None:
        super().__init__(hear)
        self._app_token = app_token
        handlers: list[Any] = [AsyncRateLimitErrorRetryHandler(max_retry_count=3)]
        self._web = AsyncWebClient(bot_token, base_url=f"{url}/", retry_handlers=handlers)
        self._places: frozenset[str] = frozenset()
        self._people: OrderedDict[str, tuple[float, Event]] = OrderedDict()

    async def run(self) -> None:
        failures = 0
        while True:
            socket = SocketModeClient(self._app_token, web_client=self._web)
            socket.socket_mode_request_listeners.append(self._take)
            try:
                await self._web.auth_test()
                await socket.connect()  # type: ignore[no-untyped-call]
                await self._watch()
            except SlackApiError as refusal:
                if refusal.response["error"] in OVER:
                    raise GiveUpError(REFUSED) from None
            except (aiohttp.ClientError, OSError, TimeoutError):
                logger.warning("Slack does not answer", extra={"failures": failures})
            finally:
                await socket.close()  # type: ignore[no-untyped-call]
            failures += 1
            await asyncio.sleep(backoff_s(failures))

    async def _watch(self) -> None:
        """Return never: the socket comes back by itself, unless the tokens are revoked."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self._web.auth_test()

    def listen(self, entities: Collection[str]) -> None:
        self._places = frozenset(entities)

    async def act(self, entity: str, action: Action, event: Event | None) -> None:
        _, _, *channel = entity.split("+")
        told = (event or {}).get("metadata", {})
        place = "".join(channel) or str(told.get("channel", ""))
        try:
            match action["type"]:
                case "chat" if place:
                    await self._say(action, place, event)
                case "direct_message":
                    text = marked(str(action["text"]))[:LONGEST_TEXT]
                    await self._web.chat_postMessage(channel=str(action["user_id"]), text=text)
                case "moderate" if action.get("action") == "delete" and place:
                    ts = str(action.get("message_id", ""))
                    await self._web.chat_delete(channel=place, ts=ts)
                case kind:
                    raise CannotError(f"Slack has no way for {kind}")
        except SlackApiError as refusal:
            error = str(refusal.response["error"])
            if error in {"not_in_channel", "channel_not_found", "is_archived"}:
                self.refusals.note(entity, "the app is not in the channel")
            raise CannotError(error) from None

    async def _say(self, action: Action, channel: str, event: Event | None) -> None:
        thread = (event or {}).get("metadata", {}).get("thread_ts")
        for text in pieces(marked(str(action["text"])), LONGEST_TEXT):
            if action.get("ephemeral") and event:
                user = event["user_id"]
                await self._web.chat_postEphemeral(channel=channel, user=user, text=text)
            else:
                await self._web.chat_postMessage(channel=channel, text=text, thread_ts=thread)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        # Slack waits three seconds for this; what it sends again is a duplicate to WaddleBot.
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        team = str(request.payload.get("team_id", ""))
        if request.type == "slash_commands":
            found: tuple[str, Event] | None = slash_of(request.payload)
        else:
            found = event_of(request.payload) if request.type == "events_api" else None
        if found is not None:
            await self._place(team, *found)

    async def _place(self, team: str, channel: str, event: Event) -> None:
        """Hear of what happened, if it was in a place of ours: a channel's, or its workspace's."""
        known = f"{self.slug}+{team}"
        mine = f"{known}+{channel}" in self._places
        if not mine and known not in self._places:
            return
        event["metadata"]["channel"] = channel
        place = {
            "platform": self.slug,
            "server_id": team,
            "channel_id": channel if mine else "",
        }
        self.hear(place | await self._who(event["user_id"]) | event)

    async def _who(self, id_: str) -> Event:
        """Return who somebody is; asked of Slack once in ten minutes."""
        now = asyncio.get_running_loop().time()
        until, known = self._people.pop(id_, (0.0, {}))
        if until < now:
            try:
                answer = await self._web.users_info(user=id_)
                known = who(answer["user"], id_)
            except (SlackApiError, aiohttp.ClientError, TimeoutError):
                known = known or who({}, id_)
            until = now + KNOWN_FOR_S
        self._people[id_] = (until, known)
        if len(self._people) > KNOWN_PEOPLE:
            self._people.popitem(last=False)
        return known
