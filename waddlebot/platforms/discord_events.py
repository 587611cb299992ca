"""What a slash command tells, as the contract's event, just as the collector tells it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from waddlebot.platforms.discord_shapes import Data, Interaction, Member, Option, User

ADMINISTRATOR: Final = 1 << 3
MANAGE_MESSAGES: Final = 1 << 13
MODERATE_MEMBERS: Final = 1 << 40
MODERATES: Final = ADMINISTRATOR | MANAGE_MESSAGES | MODERATE_MEMBERS
SUBCOMMANDS: Final = frozenset({1, 2})
LONGEST_TEXT: Final = 4000
LONGEST_NAME: Final = 100


def slash_event(
    told: Interaction, member: Member, words: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Return the event; `server_id` and `channel_id` are what a person typed it in."""
    return {
        **who(member.user, nick=member.nick),
        "event_id": told.id,
        "server_id": told.guild_id,
        "channel_id": told.channel_id,
        "user_roles": _roles(member),
        "message_type": "slashCommand",
        "message_content": f"/{' '.join(words)}"[:LONGEST_TEXT],
        "occurred_at": now.isoformat().replace("+00:00", "Z"),
        "metadata": {"locale": told.locale[:LONGEST_NAME]},
    }


def who(user: User, *, nick: str | None = None) -> dict[str, Any]:
    name = user.username[:LONGEST_NAME] or user.id
    shown = nick or user.global_name or name
    return {
        "platform": "discord",
        "user_id": user.id,
        "user_name": name,
        "display_name": shown[:LONGEST_NAME],
    }


def typed(data: Data) -> list[str]:
    """Return a command's name and what was typed behind it, in its order."""
    return [data.name, *_words(data.options or ())]


def _words(options: Sequence[Option]) -> list[str]:
    words: list[str] = []
    for option in options:
        if option.type in SUBCOMMANDS:
            words += [option.name, *_words(option.options or ())]
        else:
            words.append(_word(option))
    return words


def _word(option: Option) -> str:
    value = option.value
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _roles(member: Member) -> list[str]:
    permissions = int(member.permissions)
    roles = ["bot"] if member.user.bot else []
    roles.append("member")
    if permissions & MODERATES:
        roles.append("moderator")
    if permissions & ADMINISTRATOR:
        roles.append("admin")
    return roles
