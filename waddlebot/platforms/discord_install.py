"""A server's manager lets the bot onto it.

https://docs.discord.com/developers/topics/oauth2#advanced-bot-authorization. Discord asks for the
permission Manage Server, and says in its answer which server it was.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from waddlebot.platforms.client import Answer, Request, call, demand_good_time
from waddlebot.platforms.discord_calls import Refusals, ask
from waddlebot.platforms.discord_roles import REFUSALS, SNOWFLAKE
from waddlebot.platforms.errors import FaultyError, RefusedError
from waddlebot.platforms.installing import Grant, Installer, secret_in

# View Channel, Send Messages, Manage Messages, Read Message History, Manage Roles, Ban Members and
# Moderate Members: https://docs.discord.com/developers/topics/permissions.
PERMISSIONS: Final = 1 << 10 | 1 << 11 | 1 << 13 | 1 << 16 | 1 << 28 | 1 << 2 | 1 << 40
GONE: Final = frozenset({"unknown_server", "missing_access"})
LEAVING: Final[Refusals] = REFUSALS


class DiscordInstaller(Installer):
    slug = "discord"

    def is_set_up(self) -> bool:
        needed = (
            settings.DISCORD_CLIENT_ID, settings.DISCORD_CLIENT_SECRET, settings.DISCORD_BOT_TOKEN,
        )  # fmt: skip
        return all(needed)

    def address(self) -> str:
        parts = urlsplit(settings.DISCORD_API_URL)
        return f"{parts.scheme}://{parts.netloc}/oauth2/authorize"

    def asks(self) -> Mapping[str, str]:
        return {
            "client_id": settings.DISCORD_CLIENT_ID,
            "scope": "bot applications.commands",
            "permissions": str(PERMISSIONS),
        }

    def redeem(self, code: str, verifier: str) -> Grant:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.comes_back_to,
            "code_verifier": verifier,
        }
        answer = _ask("oauth2/token", form)
        if answer.is_refusal:
            raise RefusedError("code_refused", "Discord does not know this answer. Begin again.")
        guild, access = answer.text("guild", "id"), secret_in(answer, "access_token")
        if not SNOWFLAKE.fullmatch(guild):
            raise FaultyError
        # The bot has a token of its own; the one of who let it in is for nothing.
        _ask("oauth2/token/revoke", {"token": access})
        scopes = frozenset(answer.text("scope").split())
        return Grant(guild, guild, answer.text("guild", "name"), scopes)

    def leave(self, grant: Grant) -> None:
        path = f"users/@me/guilds/{grant.server_id}"
        try:
            ask("DELETE", path, route="leave", refusals=LEAVING)
        except RefusedError as refusal:
            if refusal.code not in GONE:
                raise


def _ask(path: str, form: dict[str, str]) -> Answer:
    us = {"client_id": settings.DISCORD_CLIENT_ID, "client_secret": settings.DISCORD_CLIENT_SECRET}
    route = f"discord:{path}"
    answer = call(Request("POST", f"{settings.DISCORD_API_URL}/{path}", route, {}, form=us | form))
    demand_good_time(answer, route=route)
    return answer
