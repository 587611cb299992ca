"""A broadcaster lets the bot into a channel.

https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/#authorization-code-grant-flow.
Twitch counts what a channel has allowed the application, so that EventSub may tell of it.
"""

from collections.abc import Mapping
from typing import Final

from django.conf import settings

from waddlebot.platforms import twitch_token
from waddlebot.platforms.client import Answer, Request, call, demand_good_time
from waddlebot.platforms.errors import RefusedError
from waddlebot.platforms.installing import Grant, Installer, secret_in

SCOPES: Final = (
    "bits:read", "channel:bot", "channel:manage:moderators", "channel:manage:vips",
    "channel:moderate", "channel:read:subscriptions", "moderator:manage:banned_users",
    "moderator:manage:chat_messages", "moderator:manage:warnings", "moderator:read:followers",
)  # fmt: skip


class TwitchInstaller(Installer):
    slug = "twitch"

    def is_set_up(self) -> bool:
        return bool(settings.TWITCH_CLIENT_ID and settings.TWITCH_CLIENT_SECRET)

    def address(self) -> str:
        return f"{settings.TWITCH_ID_URL}/oauth2/authorize"

    def asks(self) -> Mapping[str, str]:
        return {
            "client_id": settings.TWITCH_CLIENT_ID,
            "scope": " ".join(SCOPES),
            # Who is signed in there may be another than the channel's owner.
            "force_verify": "true",
        }

    def redeem(self, code: str, verifier: str) -> Grant:
        form = {
            "client_id": settings.TWITCH_CLIENT_ID,
            "client_secret": settings.TWITCH_CLIENT_SECRET,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.comes_back_to,
        }
        answer = _ask("token", form)
        if answer.is_refusal:
            raise RefusedError("code_refused", "Twitch does not know this answer. Begin again.")
        access, refresh = secret_in(answer, "access_token"), secret_in(answer, "refresh_token")
        number, login, scopes = twitch_token.facts_of(access)
        return Grant(login.lower(), number, login, scopes, access, refresh)

    def leave(self, grant: Grant) -> None:
        _ask("revoke", {"client_id": settings.TWITCH_CLIENT_ID, "token": grant.access})


def _ask(name: str, form: Mapping[str, str]) -> Answer:
    route = f"twitch:{name}"
    url = f"{settings.TWITCH_ID_URL}/oauth2/{name}"
    answer = call(Request("POST", url, route, {}, form=form))
    demand_good_time(answer, route=route)
    return answer
