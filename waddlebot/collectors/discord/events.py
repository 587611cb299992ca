"""What happens on Discord, as WaddleBot knows it."""

from typing import Any, Final

import discord

from waddlebot.collectors.base import Event, cleaned

Person = discord.Member | discord.User
Options = list[dict[str, Any]]

LONGEST_TEXT: Final = 4000
LONGEST_NAME: Final = 100
SUBCOMMANDS: Final = frozenset({1, 2})
"""https://docs.discord.com/developers/interactions/application-commands."""


def message_event(message: discord.Message) -> Event:
    shared = "file_share" if message.attachments and not message.content else "chatMessage"
    told: Event = {
        **who(message.author),
        "event_id": str(message.id),
        "message_id": str(message.id),
        "message_type": shared,
        "message_content": cleaned(message.content, LONGEST_TEXT),
        "occurred_at": moment(message.created_at.isoformat()),
        "metadata": {},
    }
    if message.reference and message.reference.message_id:
        told["metadata"]["reply_to"] = str(message.reference.message_id)
    if message.attachments:
        told["metadata"]["files"] = len(message.attachments)
    return told


def slash_event(interaction: discord.Interaction[Any]) -> Event:
    data: Any = interaction.data or {}
    words = [str(data.get("name", "")), *_words(data.get("options") or [])]
    return {
        **who(interaction.user),
        "event_id": str(interaction.id),
        "message_type": "slashCommand",
        "message_content": cleaned(f"/{' '.join(words)}", LONGEST_TEXT),
        "metadata": {"locale": str(interaction.locale)},
    }


def person_event(kind: str, person: Person, event_id: str = "") -> Event:
    named = {"event_id": event_id} if event_id else {}
    return {**who(person), **named, "message_type": kind, "metadata": {}}


def reaction_event(reaction: discord.RawReactionActionEvent, person: Person) -> Event:
    emoji = cleaned(str(reaction.emoji), LONGEST_NAME)
    told = {"emoji": emoji, "message_id": str(reaction.message_id)}
    id_ = f"reaction:{reaction.message_id}:{reaction.user_id}:{emoji}"
    return {**person_event("reaction", person, id_), "metadata": told}


def who(person: Person) -> Event:
    name = cleaned(person.name, LONGEST_NAME) or str(person.id)
    return {
        "user_id": str(person.id),
        "user_name": name,
        "display_name": cleaned(person.display_name, LONGEST_NAME),
        "user_roles": list(_roles(person)),
    }


def moment(text: str) -> str:
    return text.replace("+00:00", "Z")


def _roles(person: Person) -> list[str]:
    roles = ["bot"] if person.bot else []
    if isinstance(person, discord.Member):
        roles.append("member")
        can = person.guild_permissions
        if can.manage_messages or can.moderate_members or can.administrator:
            roles.append("moderator")
        if person.guild.owner_id == person.id:
            roles.append("broadcaster")
    return roles


def _words(options: Options) -> list[str]:
    """Return what was typed behind a command: names of sub-commands, and values in their order."""
    words: list[str] = []
    for option in options:
        if option.get("type") in SUBCOMMANDS:
            words += [str(option.get("name", "")), *_words(option.get("options") or [])]
        else:
            words.append(str(option.get("value", "")))
    return words
