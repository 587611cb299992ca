"""What a bot does on Discord. discord.py keeps to its limits, for each route."""

from datetime import timedelta
from typing import Any, Final

import discord

from waddlebot.collectors.base import Action, CannotError
from waddlebot.collectors.pieces import pieces

LONGEST_TEXT: Final = 2000
LONGEST_TIMEOUT: Final = timedelta(days=28)
NOBODY_ELSE: Final = discord.AllowedMentions(everyone=False, roles=False, users=True)


class Deeds:
    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def do(
        self,
        action: Action,
        server: int,
        channel: int,
        interaction: discord.Interaction[Any] | None,
    ) -> None:
        """Raises CannotError."""
        try:
            match action["type"]:
                case "chat":
                    await self._say(action, server, channel, interaction)
                case "direct_message":
                    user = await self._client.fetch_user(int(action["user_id"]))
                    await user.send(str(action["text"])[:LONGEST_TEXT])
                case "moderate":
                    await self._moderate(action, server, channel)
                case "role":
                    await self._change_role(action, server)
                case kind:
                    raise CannotError(f"Discord's gateway has no way for {kind}")
        except (discord.Forbidden, discord.NotFound, ValueError) as refusal:
            raise CannotError(type(refusal).__name__) from None

    async def _say(
        self,
        action: Action,
        server: int,
        channel: int,
        interaction: discord.Interaction[Any] | None,
    ) -> None:
        texts = list(pieces(str(action["text"]), LONGEST_TEXT))
        if interaction and not interaction.is_expired():
            for text in texts:
                await interaction.followup.send(text, allowed_mentions=NOBODY_ELSE)
            return
        place = self._messageable(server, channel)
        reply_to = action.get("reply_to")
        for text in texts:
            if reply_to:
                to = discord.MessageReference(
                    message_id=int(reply_to), channel_id=place.id, fail_if_not_exists=False
                )
                await place.send(text, reference=to, allowed_mentions=NOBODY_ELSE)
            else:
                await place.send(text, allowed_mentions=NOBODY_ELSE)
            reply_to = None

    def _messageable(self, server: int, channel: int) -> discord.PartialMessageable:
        """Return where to write: the channel, or where a server greets people."""
        guild = self._client.get_guild(server)
        if not channel:
            if guild is None or guild.system_channel is None:
                raise CannotError("nobody has said in which channel")
            channel = guild.system_channel.id
        return self._client.get_partial_messageable(channel, guild_id=server)

    async def _moderate(self, action: Action, server: int, channel: int) -> None:
        guild = await self._guild(server)
        reason = str(action.get("reason", ""))[:512]
        who = discord.Object(int(action["user_id"]))
        match action["action"]:
            case "delete" if message_id := action.get("message_id"):
                place = self._messageable(server, channel)
                await place.get_partial_message(int(message_id)).delete()
            case "timeout" | "untimeout" as kind:
                seconds = timedelta(seconds=int(action.get("seconds", 600)))
                until = min(seconds, LONGEST_TIMEOUT) if kind == "timeout" else None
                await (await guild.fetch_member(who.id)).timeout(until, reason=reason)
            case "ban":
                await guild.ban(who, reason=reason, delete_message_seconds=0)
            case "unban":
                await guild.unban(who, reason=reason)
            case "warn":
                user = await self._client.fetch_user(who.id)
                await user.send(f"{guild.name}: {reason}"[:LONGEST_TEXT])
            case kind:
                raise CannotError(f"not enough is known for {kind}")

    async def _change_role(self, action: Action, server: int) -> None:
        guild = await self._guild(server)
        member = await guild.fetch_member(int(action["user_id"]))
        role = discord.Object(int(action["role_id"]))
        if action["action"] == "grant":
            await member.add_roles(role)
        else:
            await member.remove_roles(role)

    async def _guild(self, server: int) -> discord.Guild:
        return self._client.get_guild(server) or await self._client.fetch_guild(server)
