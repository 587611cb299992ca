"""The token of the application itself, which EventSub's webhooks are subscribed with.

https://dev.twitch.tv/docs/authentication/getting-tokens-oauth/#client-credentials-grant-flow.
It belongs to nobody, so any process may get another one; the last is kept, sealed, in Redis.
"""

import contextlib
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from redis import RedisError

from waddlebot.lib.redis import client
from waddlebot.lib.sealing import BrokenSealError, seal, unseal
from waddlebot.platforms.client import Request, call, demand_good_time
from waddlebot.platforms.errors import ClosedError, FaultyError
from waddlebot.platforms.installing import secret_in

ROUTE: Final = "twitch:app"
KEPT_S: Final = 24 * 3600
REFUSED: Final = "Twitch does not know the application: look at TWITCH_CLIENT_SECRET."


@dataclass(frozen=True, slots=True)
class AppToken:
    """As `waddlebot.platforms.roles` asks for tokens."""

    @property
    def account_id(self) -> str:
        return "application"

    def current(self) -> str:
        with contextlib.suppress(RedisError, BrokenSealError):
            kept = client().get(_name())
            if isinstance(kept, bytes):
                return unseal(kept).decode()
        return self.renewed(refused="")

    def renewed(self, *, refused: str) -> str:
        form = {
            "client_id": settings.TWITCH_CLIENT_ID,
            "client_secret": settings.TWITCH_CLIENT_SECRET,
            "grant_type": "client_credentials",
        }
        url = f"{settings.TWITCH_ID_URL}/oauth2/token"
        answer = call(Request("POST", url, ROUTE, {}, form=form))
        demand_good_time(answer, route=ROUTE)
        if answer.is_refusal:
            raise ClosedError("unauthorized", REFUSED)
        access = secret_in(answer, "access_token")
        if not access:
            raise FaultyError
        with contextlib.suppress(RedisError):
            client().set(_name(), seal(access.encode()), ex=KEPT_S)
        return access


def _name() -> str:
    return f"wb:platform:twitch:app:{settings.TWITCH_CLIENT_ID}"
