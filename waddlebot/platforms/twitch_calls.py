"""Calls to Twitch's Helix, by the bot's token or one that a channel's owner has lent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from django.conf import settings

from waddlebot.lib.http import OutboundError
from waddlebot.platforms import twitch_token
from waddlebot.platforms.client import Answer, Query, Request, call, demand_good_time, seconds
from waddlebot.platforms.errors import ClosedError
from waddlebot.platforms.limits import alias, pause
from waddlebot.platforms.roles import Token

# https://dev.twitch.tv/docs/api/guide/#twitch-rate-limits: points that fill up again, 800 a
# minute. The last ones are for moderation and private messages; chat rests while 20 more come.
LAST_POINTS: Final = 40
POINTS_REST_S: Final = 1.5
MISSING_SCOPE: Final = "missing scope"


@dataclass(frozen=True, slots=True)
class BotToken:
    """The bot's, of the settings."""

    @property
    def account_id(self) -> str:
        return str(settings.TWITCH_BOT_USER_ID)

    def current(self) -> str:
        return twitch_token.current()

    def renewed(self, *, refused: str) -> str:
        return twitch_token.renewed(refused=refused)


def ask(
    method: str,
    path: str,
    *,
    query: Query,
    refusal_of: Callable[[Answer], OutboundError],
    payload: Mapping[str, object] | None = None,
    token: Token | None = None,
) -> Answer:
    """Return Twitch's yes; raises BusyError, or what `refusal_of` makes of Twitch's no."""
    url = f"{settings.TWITCH_API_URL}/helix/{path}"
    token = token or BotToken()
    # Twitch counts each token's requests by themselves.
    request = Request(method, url, f"twitch:{alias(token.account_id)}:{path}", {}, query, payload)
    current = token.current()
    answer = _asked(request, current, token.account_id)
    if answer.status == HTTPStatus.UNAUTHORIZED and not _lacks_scope(answer):
        renewed = token.renewed(refused=current)
        answer = _asked(request, renewed, token.account_id)
    if _lacks_scope(answer):
        scope = answer.text("message").rpartition(" ")[2]
        text = f"The token that speaks for this channel lacks the scope {scope}."
        raise ClosedError("missing_scope", text)
    if answer.is_refusal:
        raise refusal_of(answer)
    return answer


def _asked(request: Request, token: str, account_id: str) -> Answer:
    headers = {"Authorization": f"Bearer {token}", "Client-Id": settings.TWITCH_CLIENT_ID}
    answer = call(replace(request, headers=headers))
    left = seconds(answer.headers.get("ratelimit-remaining"))
    if left is not None and left < LAST_POINTS:
        pause(points_of(account_id), POINTS_REST_S)
    demand_good_time(answer, route=request.route)
    return answer


def points_of(account_id: str) -> str:
    """Return what is paused when an account has few calls left."""
    return f"twitch:{alias(account_id)}:points"


def _lacks_scope(answer: Answer) -> bool:
    is_refused = answer.status == HTTPStatus.UNAUTHORIZED
    return is_refused and answer.text("message").lower().startswith(MISSING_SCOPE)
