"""What discord.py hears."""

from typing import Any, Final, Protocol

import discord

from waddlebot.collectors.base import Event
from waddlebot.collectors.discord.events import (
    message_event,
    person_event,
    reaction_event,
    slash_event,
)

INTENTS: Final = discord.Intents(
    guilds=True,
    guild_messages=True,
    message_content=True,
    moderation=True,
    guild_reactions=True,
    voice_states=True,
)


class Ear(Protocol):
    def place(self, event: Event, server: int, *channels: int | None) -> None: ...

    def ours(self, server: int, *channels: int | None) -> str | None: ...

    def expect(self, interaction: discord.Interaction[Any]) -> None: ...

    def gone(self, server: int) -> None: ...


class Listener(discord.Client):
    def __init__(self, ear: Ear) -> None:
        nobody = discord.AllowedMentions(everyone=False, roles=False, users=True)
        super().__init__(intents=INTENTS, max_messages=None, allowed_mentions=nobody)
        self._ear = ear

    async def on_message(self, message: discord.Message) -> None:
        if message.guild is None or message.author == self.user or message.is_system():
            return
        above = getattr(message.channel, "parent_id", None)
        self._ear.place(message_event(message), message.guild.id, message.channel.id, above)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        is_command = interaction.type is discord.InteractionType.application_command
        server, channel = interaction.guild_id, interaction.channel_id
        if not is_command or server is None or self._ear.ours(server, channel) is None:
            return
        # Discord waits three seconds for this, and then fifteen minutes for the answer.
        await interaction.response.defer()
        self._ear.expect(interaction)
        self._ear.place(slash_event(interaction), server, channel)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        if reaction.guild_id is None or reaction.member is None or reaction.member == self.user:
            return
        event = reaction_event(reaction, reaction.member)
        self._ear.place(event, reaction.guild_id, reaction.channel_id)

    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        if before.channel == after.channel:
            return
        for kind, channel in (("voice_leave", before.channel), ("voice_join", after.channel)):
            if channel is not None:
                self._ear.place(person_event(kind, member), member.guild.id, channel.id)

    async def on_member_ban(
        self, guild: discord.Guild, user: discord.User | discord.Member
    ) -> None:
        self._ear.place(person_event("ban", user), guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self._ear.gone(guild.id)
