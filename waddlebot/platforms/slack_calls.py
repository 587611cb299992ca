"""Calls to Slack, which says 200 to nearly everything: whether it did something is in `ok`."""

import re
from collections.abc import Callable
from typing import Final

from django.conf import settings

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.client import Answer, Request, call, demand_good_time
from waddlebot.platforms.errors import BusyError, FaultyError, RefusedError
from waddlebot.platforms.limits import alias
from waddlebot.platforms.roles import Token

EXPIRED: Final = "token_expired"
ERROR: Final = re.compile(r"[a-z0-9_]{1,60}")
PASSING: Final = frozenset({
    "fatal_error", "internal_error", "ratelimited", "rate_limited", "request_timeout",
    "service_unavailable", "team_added_to_org",
})  # fmt: skip


def ask(
    method: str,
    name: str,
    arguments: dict[str, str],
    *,
    refusal_of: Callable[[str], RefusedError],
    token: str | Token = "",
) -> Answer:
    """Return Slack's yes; raises BusyError, or what `refusal_of` makes of Slack's error."""
    known = token.current() if not isinstance(token, str) else token or settings.SLACK_BOT_TOKEN
    answer = _asked(method, name, arguments, known)
    if answer.text("error") == EXPIRED and not isinstance(token, str):
        answer = _asked(method, name, arguments, token.renewed(refused=known))
    if answer.body.get("ok") is not True:
        raise _error(answer.text("error"), refusal_of)
    return answer


def _asked(method: str, name: str, arguments: dict[str, str], token: str) -> Answer:
    # Slack counts each method in each workspace by itself; a token is of one.
    route = f"slack:{alias(token)}:{name}"
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{settings.SLACK_API_URL}/{name}"
    # Methods that only read take no JSON.
    reads = method == "GET"
    query, payload = (arguments, None) if reads else (None, arguments)
    answer = call(Request(method, url, route, headers, query=query, payload=payload))
    demand_good_time(answer, route=route)
    return answer


def _error(code: str, refusal_of: Callable[[str], RefusedError]) -> OutboundError:
    if code in PASSING:
        return BusyError()
    if not ERROR.fullmatch(code):
        return FaultyError()
    return refusal_of(code)
