"""Slash commands of a server: all of them at once, in the place of those before.

https://docs.discord.com/developers/interactions/application-commands: at most 100 on a server.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings

from waddlebot.platforms.discord_calls import ask
from waddlebot.platforms.discord_roles import REFUSALS

MOST: Final = 100
NAME: Final = re.compile(r"[-_'\w]{1,32}")
LONGEST_DESCRIPTION: Final = 100
STRING: Final = 3
OPTION: Final = "text"


def slash_commands(commands: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return commands as Discord takes them, of (name, description); others it does not know."""
    known: dict[str, dict[str, Any]] = {}
    for name, description in commands:
        word = name.lower()
        if NAME.fullmatch(word) and word not in known and len(known) < MOST:
            known[word] = {
                "name": word,
                "description": (description or f"Calls {word}.")[:LONGEST_DESCRIPTION],
                "options": [
                    {
                        "type": STRING,
                        "name": OPTION,
                        "description": "What follows the command.",
                        "required": False,
                    }
                ],
            }
    return list(known.values())


def register(guild: str, commands: Sequence[dict[str, Any]]) -> None:
    """Have a server offer these and no others; raises OutboundError."""
    path = f"applications/{settings.DISCORD_CLIENT_ID}/guilds/{guild}/commands"
    ask("PUT", path, commands, route=f"commands:{guild}", refusals=REFUSALS)


def is_on(guild: str) -> None:
    """Raise ClosedError when the bot is not on a server any more, or another OutboundError."""
    ask("GET", f"guilds/{guild}", route=f"guild:{guild}", refusals=REFUSALS)
