"""The servers a Discord bot is on."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from typing import Any, ClassVar, Final

import discord
import yarl
from discord.gateway import DiscordWebSocket

from waddlebot.collectors.base import Action, Event, GiveUpError, Hear, Platform, backoff_s
from waddlebot.collectors.discord.deeds import Deeds
from waddlebot.collectors.discord.listener import Listener

logger = logging.getLogger(__name__)

REFUSED: Final = "Discord refuses DISCORD_BOT_TOKEN: copy it anew from the application's page"
NO_INTENT: Final = "Discord lets the bot read no messages: switch on its Message Content Intent"
TOKEN_REFUSED: Final = 4004
REMEMBERED: Final = 5000


class Discord(Platform):
    slug: ClassVar[str] = "discord"

    def __init__(self, hear: Hear, *, token: str, url: str, gateway: str) -> None:
        super().__init__(hear)
        discord.http.Route.BASE = url
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self._token = token
        self._places: frozenset[str] = frozenset()
        self._channels: OrderedDict[str, int] = OrderedDict()
        self._interactions: OrderedDict[str, discord.Interaction[Any]] = OrderedDict()
        self._deeds: Deeds | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        failures = 0
        while True:
            client = Listener(self)
            self._deeds = Deeds(client)
            try:
                async with client:
                    await client.start(self._token)
            except discord.LoginFailure:
                raise GiveUpError(REFUSED) from None
            except discord.PrivilegedIntentsRequired:
                raise GiveUpError(NO_INTENT) from None
            except discord.ConnectionClosed as closed:
                if closed.code == TOKEN_REFUSED:
                    raise GiveUpError(REFUSED) from None
            except (discord.DiscordException, OSError, TimeoutError):
                logger.warning("Discord does not answer", extra={"failures": failures})
            failures += 1
            await asyncio.sleep(backoff_s(failures))

    def listen(self, entities: Collection[str]) -> None:
        self._places = frozenset(entities)

    async def act(self, entity: str, action: Action, event: Event | None) -> None:
        if self._deeds is None:
            return
        _, server, *channel = entity.split("+")
        key = str(event["event_id"]) if event else str(action.get("reply_to", ""))
        found = self._channels.get(key) or int("".join(channel) or 0)
        await self._deeds.do(action, int(server), found, self._interactions.pop(key, None))

    def place(self, event: Event, server: int, *channels: int | None) -> None:
        """Hear of what happened, if it was in a place of ours."""
        found = self.ours(server, *channels)
        if found is None:
            return
        _remember(self._channels, str(event.get("event_id", "")), next(iter(channels), 0) or 0)
        place = {"platform": self.slug, "server_id": str(server), "channel_id": found}
        self.hear(place | event)

    def ours(self, server: int, *channels: int | None) -> str | None:
        """Return which channel we listen to, "" for all of the server, None for neither."""
        known = f"{self.slug}+{server}"
        for channel in channels:
            if f"{known}+{channel}" in self._places:
                return str(channel)
        return "" if known in self._places else None

    def expect(self, interaction: discord.Interaction[Any]) -> None:
        """Keep the door open through which an interaction is answered."""
        _remember(self._interactions, str(interaction.id), interaction)

    def unanswered(self, event: Event) -> None:
        interaction = self._interactions.pop(str(event.get("event_id", "")), None)
        if interaction:
            task = asyncio.create_task(_end(interaction))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def gone(self, server: int) -> None:
        """The bot was thrown out of a server, or the server is no more."""
        known = f"{self.slug}+{server}"
        for entity in self._places:
            if entity == known or entity.startswith(f"{known}+"):
                self.refusals.note(entity, "the bot is not on the server")
                logger.warning("A server has refused us", extra={"entity": entity})


async def _end(interaction: discord.Interaction[Any]) -> None:
    """Take away what says that the bot is thinking."""
    with suppress(discord.DiscordException):
        await interaction.delete_original_response()


def _remember(known: OrderedDict[str, Any], key: str, value: Any) -> None:
    known[key] = value
    if len(known) > REMEMBERED:
        known.popitem(last=False)
