"""Twitch chat over IRC with tags, and any other IRC server without.

https://dev.twitch.tv/docs/chat/irc/.
"""

from waddlebot.collectors.twitch.chat import Twitch
from waddlebot.collectors.twitch.options import Options
from waddlebot.collectors.twitch.tokens import BotToken

__all__ = ["BotToken", "Options", "Twitch"]
