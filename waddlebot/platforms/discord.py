"""Discord: private messages from the bot, and roles.

https://docs.discord.com/developers/resources/user#create-dm.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from django.conf import settings

from waddlebot.platforms import discord_chat, discord_roles
from waddlebot.platforms.base import Account, Platform
from waddlebot.platforms.discord_calls import Refusals, ask
from waddlebot.platforms.discord_roles import SNOWFLAKE
from waddlebot.platforms.errors import FaultyError, RefusedError
from waddlebot.platforms.outcomes import Capability
from waddlebot.platforms.roles import Seat, Token
from waddlebot.platforms.speaking import Deed, Line, Spot, warning_of

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
REFUSALS: Final[Refusals] = {
    number: partial(RefusedError, code, text)
    for number, code, text in (
        (10003, "unknown_channel", "Discord has no such conversation."),
        (10013, "unknown_user", "Discord has no such account."),
        (20009, "explicit_content", "Discord does not deliver this text to this account."),
        (50001, "missing_access", "Discord does not let the bot write to this account."),
        (50007, "cannot_message_user", "This account takes no private messages from the bot."),
        (50033, "invalid_recipient", "Discord does not let the bot write to this account."),
        (50278, "no_mutual_guilds", "This account shares no server with the bot."),
        (200000, "blocked_by_moderation", "Discord's moderation has stopped the message."),
    )
}


class Discord(Platform):
    slug = "discord"
    title = "Discord"
    account_ids = SNOWFLAKE
    max_text = 2000
    server_ids = SNOWFLAKE
    roles = SNOWFLAKE
    message_ids = SNOWFLAKE
    deeds = discord_chat.DEEDS

    def capabilities(self) -> frozenset[Capability]:
        can = {
            Capability.CHAT, Capability.DIRECT_MESSAGE, Capability.MODERATE, Capability.ROLES,
        }  # fmt: skip
        return frozenset(can if settings.DISCORD_BOT_TOKEN else ())

    def find_account(self, name: str) -> Account | None:
        """Find by id: bots cannot look up the name of somebody they share no server with."""
        id_ = name.strip()
        if not self.capabilities() or not SNOWFLAKE.fullmatch(id_):
            return None
        try:
            answer = ask("GET", f"users/{id_}", route="users", refusals=REFUSALS)
        except RefusedError as refusal:
            if refusal.code == "unknown_user":
                return None
            raise
        if answer.text("id") != id_ or answer.body.get("bot") is True:
            return None
        return Account(id_, answer.text("username"), answer.text("global_name"))

    def _send_chat(self, spot: Spot, line: Line) -> None:
        discord_chat.say(spot, line)

    def _moderate(self, spot: Spot, deed: Deed) -> None:
        if deed.action == "warn":
            self._send_direct_message(deed.account_id, warning_of(deed), None)
        else:
            discord_chat.moderate(spot, deed)

    def _send_direct_message(self, account_id: str, text: str, token: Token | None) -> None:
        recipient = {"recipient_id": account_id}
        opened = ask("POST", "users/@me/channels", recipient, route="open", refusals=REFUSALS)
        channel = opened.text("id")
        if not SNOWFLAKE.fullmatch(channel):
            raise FaultyError
        message = {"content": text, "allowed_mentions": {"parse": []}}
        path, route = f"channels/{channel}/messages", f"messages:{channel}"
        ask("POST", path, message, route=route, refusals=REFUSALS)

    def _holders(self, seat: Seat, account_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(each for each in account_ids if discord_roles.holds(seat, each))

    def _give_role(self, seat: Seat, account_id: str, *, reason: str) -> None:
        discord_roles.give(seat, account_id, reason)

    def _take_role(self, seat: Seat, account_id: str, *, reason: str) -> None:
        discord_roles.take(seat, account_id, reason)
