"""Twitch: lines in a channel's chat, and its moderation.

https://dev.twitch.tv/docs/api/reference/#send-chat-message and …/#ban-user. Twitch has no codes,
only statuses and sentences; a line it has accepted and not shown says so in `is_sent`.
"""

import re
import time
from collections.abc import Mapping
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.client import Answer
from waddlebot.platforms.errors import BusyError, ClosedError, FaultyError, RefusedError
from waddlebot.platforms.limits import Limit, demand, demand_no_pause
from waddlebot.platforms.roles import Token
from waddlebot.platforms.speaking import Deed, Line, Spot
from waddlebot.platforms.twitch_calls import BotToken, ask, points_of
from waddlebot.platforms.twitch_roles import LOGIN

# https://dev.twitch.tv/docs/chat/#rate-limits, with room for lines that arrive closer together
# than they were sent: messages in 30 s of the whole account, and one a second in each channel
# where it is no moderator.
WINDOW_S: Final = 30.5
CHANNEL_RESTS: Final = (1, 1.1)
OF_A_MODERATOR: Final = 100
SLOW_DOWN: Final = re.compile("rate|slow")
SLOWED_S: Final = 5.0
ACCOUNT: Final = re.compile(r"[0-9]{1,20}")
LONGEST_TIMEOUT_S: Final = 1_209_600
LONGEST_REASON: Final = 500
PATHS: Final = {"warn": "moderation/warnings", "delete": "moderation/chat"}
BANS: Final = "moderation/bans"
DEEDS: Final = frozenset({"warn", "delete", "timeout", "ban", "untimeout", "unban"})
NOT_MODERATOR: Final = partial(
    ClosedError, "not_moderator", "The bot is no moderator of this channel: /mod it there."
)
UNKNOWN_CHANNEL: Final = partial(ClosedError, "unknown_channel", "Twitch has no such channel.")
REFUSED: Final = partial(RefusedError, "bad_request", "Twitch refuses this.")
SO_BEFORE: Final = re.compile(r"already (banned|timed out)|is not banned|not timed out")
SENTENCES: Final = (
    (
        re.compile(r"may not be|cannot be|yourself"),
        partial(RefusedError, "may_not", "Twitch lets nobody do this to this account."),
    ),
    (SO_BEFORE, partial(RefusedError, "so_before", "It was so before.")),
)


def say(spot: Spot, line: Line) -> None:
    """Say it as the bot, whoever has lent a token. Raises RefusedError when nobody sees it."""
    rate = settings.TWITCH_CHAT_RATE
    rests = () if rate >= OF_A_MODERATOR else (Limit(_name(spot), *CHANNEL_RESTS),)
    bot = settings.TWITCH_BOT_USER_ID
    demand_no_pause(points_of(bot))
    demand(*rests, Limit("twitch:chat", rate, WINDOW_S))
    message = {"broadcaster_id": broadcaster(spot), "sender_id": bot, "message": line.text}
    if line.reply_to:
        message["reply_parent_message_id"] = line.reply_to
    answer = ask("POST", "chat/messages", query={}, payload=message, refusal_of=_refusal_of)
    rows = answer.body.get("data")
    if not (isinstance(rows, list) and rows and isinstance(rows[0], dict)):
        raise FaultyError
    if rows[0].get("is_sent") is not True:
        raise _dropped(answer.text("data", 0, "drop_reason", "code"))


def moderate(spot: Spot, deed: Deed) -> None:
    """Do it as who has lent a token, where that may, else as the bot."""
    if spot.token is not None:
        try:
            _moderate(spot, deed, spot.token)
        except ClosedError as refusal:
            # What was lent for something else is no reason not to try.
            if refusal.code != "missing_scope":
                raise
        else:
            return
    _moderate(spot, deed, BotToken())


def broadcaster(spot: Spot) -> str:
    """Return the number of a channel; chat knows channels by name."""
    if spot.token is not None:
        return spot.token.account_id
    login = spot.server_id.lower()
    if not LOGIN.fullmatch(login):
        raise UNKNOWN_CHANNEL()
    return _number_of(login, int(time.time() // 3600))


def _moderate(spot: Spot, deed: Deed, token: Token) -> None:
    people = {"broadcaster_id": broadcaster(spot), "moderator_id": token.account_id}
    method, more, payload = _request(deed)
    path = PATHS.get(deed.action, BANS)
    try:
        ask(
            method,
            path,
            query=people | more,
            payload=payload,
            refusal_of=_refusal_of,
            token=token,
        )
    except RefusedError as refusal:
        is_gone = deed.action == "delete" and refusal.code == "not_found"
        if not (is_gone or refusal.code == "so_before"):
            raise


def _request(deed: Deed) -> tuple[str, dict[str, str], Mapping[str, Any] | None]:
    """Return the method, what goes into the query and what into the body."""
    match deed.action:
        case "delete":
            return "DELETE", {"message_id": deed.message_id}, None
        case "unban" | "untimeout":
            return "DELETE", {"user_id": deed.account_id}, None
    reason = deed.reason[:LONGEST_REASON]
    about: dict[str, Any] = {"user_id": deed.account_id, "reason": reason or "A moderator's rule"}
    if deed.action == "timeout":
        about["duration"] = min(deed.seconds, LONGEST_TIMEOUT_S)
    return "POST", {}, {"data": about}


def _dropped(code: str) -> OutboundError:
    code = re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_")[:40]
    if SLOW_DOWN.search(code):
        return BusyError(SLOWED_S)
    return RefusedError(code or "dropped", f"Twitch has not shown the line ({code or 'dropped'}).")


@lru_cache(maxsize=10_000)
def _number_of(login: str, _hour: int) -> str:
    answer = ask("GET", "users", query={"login": login}, refusal_of=_refusal_of)
    number = answer.text("data", 0, "id")
    if answer.text("data", 0, "login") != login or not ACCOUNT.fullmatch(number):
        raise UNKNOWN_CHANNEL()
    return number


def _name(spot: Spot) -> str:
    return f"twitch:chat:{spot.server_id.lower()}"


def _refusal_of(answer: Answer) -> OutboundError:
    if answer.status == HTTPStatus.CONFLICT:
        # Another moderator is changing this account at this moment.
        return BusyError(1.0)
    if answer.status == HTTPStatus.NOT_FOUND:
        return RefusedError("not_found", "Twitch has no such message or account.")
    if answer.status == HTTPStatus.FORBIDDEN:
        return NOT_MODERATOR()
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return ClosedError("unauthorized", "Twitch refuses the token.")
    said = answer.text("message").lower()
    return next((made() for sentence, made in SENTENCES if sentence.search(said)), REFUSED())
