"""Servers on this machine that behave as Twitch, Discord and Slack document their APIs.

    with TwitchServer() as server:
        server.configure(settings)
        …
        assert server.whispers == [Sent("42", "Hello")]

`server.trouble` answers in place of the platform: `says(503)`, `hangs_up`, `is_silent`.
"""

from tests.platforms.servers.base import (
    Asked,
    PlatformServer,
    Said,
    Sent,
    hangs_up,
    is_silent,
    says,
)
from tests.platforms.servers.discord import DiscordServer
from tests.platforms.servers.slack import SlackServer
from tests.platforms.servers.twitch import TwitchServer

__all__ = [
    "Asked", "DiscordServer", "PlatformServer", "Said", "Sent", "SlackServer", "TwitchServer",
    "hangs_up", "is_silent", "says",
]  # fmt: skip
