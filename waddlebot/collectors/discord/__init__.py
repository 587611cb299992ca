"""Discord over its gateway, by discord.py: https://discordpy.readthedocs.io/."""

from waddlebot.collectors.discord.chat import Discord

__all__ = ["Discord"]
