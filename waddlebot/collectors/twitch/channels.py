"""A channel as one connection knows it, and how servers say that the bot may not come in."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

ANSWERED_WITHIN_S: Final = 15.0
TRIES: Final = 3
# https://dev.twitch.tv/docs/chat/irc/#notice-message-ids, and the numbers of RFC 2812.
REFUSING_NOTICES: Final = {
    "msg_banned": "the bot is banned there",
    "msg_channel_suspended": "there is no such channel, or it is suspended",
    "tos_ban": "the channel is closed",
}
REFUSING_NUMBERS: Final = {
    "403": "there is no such channel",
    "405": "the bot is in too many channels",
    "471": "the channel is full",
    "473": "the channel is for the invited alone",
    "474": "the bot is banned there",
    "475": "the channel wants a key",
    "476": "no channel has such a name",
    "477": "the channel is for registered names alone",
}


@dataclass
class Channel:
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    asked_at: float = -ANSWERED_WITHIN_S
    tries: int = 0
    is_moderator: bool = False
    last_said: str = ""

    def leave(self) -> None:
        """Forget what the last connection has told."""
        self.joined.clear()
        self.asked_at, self.tries = -ANSWERED_WITHIN_S, 0
