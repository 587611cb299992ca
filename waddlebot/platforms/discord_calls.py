"""Calls to Discord.

https://docs.discord.com/developers/topics/rate-limits. Whoever collects 10,000 answers of 401, 403
or 429 in ten minutes is locked out; we stop at half.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from django.conf import settings

from waddlebot.lib.limits import hit
from waddlebot.platforms.client import Answer, Request, call, demand_good_time, seconds
from waddlebot.platforms.errors import BusyError, ClosedError, RefusedError
from waddlebot.platforms.limits import Limit, demand, demand_no_pause, pause

ALL: Final = "discord"
# 50 a second, with room for requests that arrive closer together than they were sent. Chat comes
# evenly, and leaves the rest to private messages and moderation.
REQUESTS: Final = Limit("discord:requests", 46, 1.05)
CHAT_REQUESTS: Final = Limit("discord:chat", 9, 0.22)
INVALID: Final = Limit("discord:invalid", 5_000, 600)
INVALID_STATUSES: Final = frozenset({401, 403, 429})
HIGHEST_CODE: Final = 10_000_000
LONGEST_REASON: Final = 512
TOO_FAST: Final = 40003
TOO_FAST_S: Final = 60.0

Refusals = Mapping[int, Callable[[], RefusedError]]
UNAUTHORIZED: Final = partial(ClosedError, "unauthorized", "Discord refuses the bot's token.")


def ask(
    method: str,
    path: str,
    payload: Mapping[str, object] | Sequence[object] | None = None,
    *,
    route: str,
    refusals: Refusals,
    reason: str = "",
) -> Answer:
    """Return Discord's yes; raises BusyError, or what `refusals` has for Discord's error code."""
    route = f"{ALL}:{route}"
    demand_no_pause(ALL)
    demand_no_pause(route)
    demand(REQUESTS)
    headers = {
        "Authorization": f"Bot {settings.DISCORD_BOT_TOKEN}",
        "User-Agent": f"DiscordBot ({settings.PUBLIC_URL}, {settings.VERSION})",
    }
    if reason:
        headers["X-Audit-Log-Reason"] = quote(reason)[:LONGEST_REASON]
    url = f"{settings.DISCORD_API_URL}/{path}"
    answer = call(Request(method, url, route, headers, payload=payload))
    _learn(answer, route)
    demand_good_time(answer, route=ALL if _is_global(answer) else route)
    if answer.is_refusal:
        raise _refusal(answer, route, refusals)
    return answer


def _learn(answer: Answer, route: str) -> None:
    """Keep what the answer says about the next one."""
    left = seconds(answer.headers.get("x-ratelimit-remaining"))
    reset_s = seconds(answer.headers.get("x-ratelimit-reset-after"))
    if left == 0 and reset_s:
        pause(route, min(reset_s, TOO_FAST_S))
    is_ours = answer.headers.get("x-ratelimit-scope") != "shared"
    if answer.status in INVALID_STATUSES and is_ours:
        verdict = hit(f"wb:platform:{INVALID.name}", INVALID.count, INVALID.window_s)
        if not verdict.allowed:
            pause(ALL, verdict.reset_s)


def _is_global(answer: Answer) -> bool:
    return "x-ratelimit-global" in answer.headers or answer.body.get("global") is True


def _refusal(answer: Answer, route: str, refusals: Refusals) -> BusyError | RefusedError:
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return UNAUTHORIZED()
    code = answer.body.get("code")
    if code == TOO_FAST:
        wait_s = answer.wait_s() or TOO_FAST_S
        pause(route, wait_s)
        return BusyError(wait_s)
    number = code if isinstance(code, int) and 0 < code < HIGHEST_CODE else answer.status
    known = refusals.get(number)
    if known is None:
        return RefusedError(f"discord_{number}", f"Discord has refused it (error {number}).")
    return known()
