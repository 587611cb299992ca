"""The token of the bot's account on Twitch, which expires and is renewed for all processes.

https://dev.twitch.tv/docs/authentication/refresh-tokens/. A renewal may bring a new refresh token,
so one process renews at a time, and what it got is kept, sealed, in Redis. Where Redis has lost
it, the tokens of the settings are tried again.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Final

from django.conf import settings
from redis import RedisError

from waddlebot.lib.redis import client
from waddlebot.lib.sealing import BrokenSealError, seal, unseal
from waddlebot.platforms.client import TIMEOUT_S, Request, call, demand_good_time
from waddlebot.platforms.errors import ClosedError, FaultyError, RefusedError, UncountedError

ROUTE: Final = "twitch:token"
VALIDATE: Final = "twitch:validate"
# Longer than a renewal takes, or two would renew at once.
LOCK_S: Final = 4 * TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, and what renews it, if anything does."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


def current() -> str:
    """Return the newest token; raises OutboundError when it cannot be known."""
    try:
        return _kept().access
    except RedisError:
        raise UncountedError from None


def renewed(*, refused: str) -> str:
    """Return another token than the one Twitch refused, or raise OutboundError."""
    try:
        with client().lock(f"{_name()}:lock", timeout=LOCK_S, blocking_timeout=LOCK_S):
            pair = _kept()
            if pair.access == refused:
                pair = renew(pair)
                client().set(_name(), seal(json.dumps(asdict(pair)).encode()))
            return pair.access
    except RedisError:
        raise UncountedError from None


def facts_of(access: str) -> tuple[str, str, frozenset[str]]:
    """Return whose a token is, by number and name, and its scopes; raises OutboundError.

    https://dev.twitch.tv/docs/authentication/validate-tokens/
    """
    url = f"{settings.TWITCH_ID_URL}/oauth2/validate"
    answer = call(Request("GET", url, VALIDATE, {"Authorization": f"OAuth {access}"}))
    demand_good_time(answer, route=VALIDATE)
    if answer.is_refusal:
        raise RefusedError("unauthorized", "Twitch does not know this token.")
    if answer.text("client_id") != settings.TWITCH_CLIENT_ID:
        text = "This token was made for another application than the bot's."
        raise RefusedError("other_application", text)
    if not answer.text("user_id"):
        raise RefusedError("no_user", "This is an application's token, and no user's.")
    scopes = answer.body.get("scopes")
    count = len(scopes) if isinstance(scopes, list) else 0
    found = frozenset(answer.text("scopes", place) for place in range(count))
    return answer.text("user_id"), answer.text("login"), found


def _kept() -> Pair:
    sealed = client().get(_name())
    if isinstance(sealed, bytes):
        try:
            return Pair(**json.loads(unseal(sealed)))
        except BrokenSealError:
            pass  # SECRET_KEY has changed: as if it were lost.
    return Pair(settings.TWITCH_BOT_TOKEN, settings.TWITCH_BOT_REFRESH_TOKEN)


def _name() -> str:
    # Whoever sets other tokens means those, not what came of the former ones.
    origin = f"{settings.TWITCH_BOT_TOKEN} {settings.TWITCH_BOT_REFRESH_TOKEN}"
    return f"wb:platform:twitch:token:{hashlib.sha256(origin.encode()).hexdigest()[:16]}"


def renew(pair: Pair) -> Pair:
    """Return what Twitch gives for a pair; raises OutboundError. The old one is worth nothing."""
    if not pair.refresh or not settings.TWITCH_CLIENT_SECRET:
        raise _refusal()
    form = {
        "client_id": settings.TWITCH_CLIENT_ID,
        "client_secret": settings.TWITCH_CLIENT_SECRET,
        "grant_type": "refresh_token",
        "refresh_token": pair.refresh,
    }
    url = f"{settings.TWITCH_ID_URL}/oauth2/token"
    answer = call(Request("POST", url, ROUTE, {}, form=form))
    demand_good_time(answer, route=ROUTE)
    if answer.is_refusal:
        raise _refusal()
    access, refresh = answer.text("access_token"), answer.text("refresh_token")
    if not (access.isascii() and access.isprintable() and access):
        raise FaultyError
    return Pair(access, refresh or pair.refresh)


def _refusal() -> ClosedError:
    text = "Twitch refuses the token. Whoever gave it has to give a new one."
    return ClosedError("unauthorized", text)
