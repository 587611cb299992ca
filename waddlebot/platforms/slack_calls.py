"""Calls to Slack, which says 200 to nearly everything: whether it did something is in `ok`."""

import re
from collections.abc import Callable
from typing import Final

from django.conf import settings

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.client import Answer, Request, call, demand_good_time
from waddlebot.platforms.errors import BusyError, FaultyError, RefusedError

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
    token: str = "",
) -> Answer:
    """Return Slack's yes; raises BusyError, or what `refusal_of` makes of Slack's error."""
    route = f"slack:{name}"
    headers = {"Authorization": f"Bearer {token or settings.SLACK_BOT_TOKEN}"}
    url = f"{settings.SLACK_API_URL}/{name}"
    # Methods that only read take no JSON.
    reads = method == "GET"
    query, payload = (arguments, None) if reads else (None, arguments)
    answer = call(Request(method, url, route, headers, query=query, payload=payload))
    demand_good_time(answer, route=route)
    if answer.body.get("ok") is not True:
        raise _error(answer.text("error"), refusal_of)
    return answer


def _error(code: str, refusal_of: Callable[[str], RefusedError]) -> OutboundError:
    if code in PASSING:
        return BusyError()
    if not ERROR.fullmatch(code):
        return FaultyError()
    return refusal_of(code)
