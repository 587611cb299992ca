"""Discord: lines in a channel, and a server's moderation.

https://docs.discord.com/developers/resources/message#create-message and …/resources/guild. A
message with a nonce that is enforced comes once, however often it is sent.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.utils import timezone

from waddlebot.platforms.discord_calls import ALL, CHAT_REQUESTS, Refusals, ask
from waddlebot.platforms.discord_roles import SNOWFLAKE
from waddlebot.platforms.errors import ClosedError, RefusedError
from waddlebot.platforms.limits import demand, demand_no_pause
from waddlebot.platforms.speaking import Deed, Line, Spot

NOWHERE: Final = partial(ClosedError, "unknown_channel", "Discord has no such channel.")
MISSING: Final = (
    "The bot may not do this there: it lacks a permission, or the account's role is above its own."
)
REFUSALS: Final[Refusals] = {
    number: partial(kind, code, text)
    for number, kind, code, text in (
        (10003, ClosedError, "unknown_channel", "Discord has no such channel."),
        (10004, ClosedError, "unknown_server", "Discord has no such server."),
        (10007, RefusedError, "unknown_member", "This account is not on the server."),
        (10008, RefusedError, "unknown_message", "Discord has no such message."),
        (10013, RefusedError, "unknown_user", "Discord has no such account."),
        (10026, RefusedError, "so_before", "It was so before."),
        (20016, RefusedError, "slow_mode", "The channel is in slow mode."),
        (50001, ClosedError, "missing_access", "The bot does not see this channel."),
        (50013, RefusedError, "missing_permissions", MISSING),
        (160002, RefusedError, "no_history", "The bot may not reply without the history."),
        (200000, RefusedError, "blocked_by_moderation", "Discord's moderation has stopped it."),
    )
}
LONGEST_TIMEOUT_S: Final = 28 * 24 * 3600
LONGEST_NONCE: Final = 25
DEEDS: Final = frozenset({"warn", "delete", "timeout", "ban", "untimeout", "unban"})


def say(spot: Spot, line: Line) -> None:
    channel = _id(spot.channel_id)
    mentions: dict[str, Any] = {"parse": []}
    message: dict[str, Any] = {"content": line.text, "allowed_mentions": mentions}
    if line.reply_to:
        # What it answers may be gone by now; the answer is said all the same.
        message["message_reference"] = {"message_id": line.reply_to, "fail_if_not_exists": False}
        mentions["replied_user"] = False
    if line.key:
        message |= {"nonce": line.key[-LONGEST_NONCE:], "enforce_nonce": True}
    path, route = f"channels/{channel}/messages", f"messages:{channel}"
    demand_no_pause(ALL, f"{ALL}:{route}")
    demand(CHAT_REQUESTS)
    ask("POST", path, message, route=route, refusals=REFUSALS)


def moderate(spot: Spot, deed: Deed) -> None:
    method, path, route, payload, done = _request(spot, deed)
    try:
        ask(method, path, payload, route=route, refusals=REFUSALS, reason=deed.reason)
    except RefusedError as refusal:
        if refusal.code != done:
            raise


def _request(spot: Spot, deed: Deed) -> tuple[str, str, str, Mapping[str, object] | None, str]:
    """Return method, path, what is limited together, the body, and the no that is a yes."""
    if deed.action == "delete":
        channel = _id(spot.channel_id)
        path = f"channels/{channel}/messages/{deed.message_id}"
        return "DELETE", path, f"delete:{channel}", None, "unknown_message"
    server = _id(spot.server_id)
    if deed.action in {"ban", "unban"}:
        method = "PUT" if deed.action == "ban" else "DELETE"
        payload: Mapping[str, object] | None = {} if deed.action == "ban" else None
        path = f"guilds/{server}/bans/{deed.account_id}"
        return method, path, f"bans:{method}:{server}", payload, "so_before"
    until = None
    if deed.action == "timeout":
        lasts = timedelta(seconds=min(deed.seconds, LONGEST_TIMEOUT_S))
        until = (timezone.now() + lasts).isoformat()
    path = f"guilds/{server}/members/{deed.account_id}"
    # Whoever has left is silent there.
    done = "unknown_member" if deed.action == "untimeout" else ""
    return "PATCH", path, f"member:PATCH:{server}", {"communication_disabled_until": until}, done


def _id(name: str) -> str:
    if not SNOWFLAKE.fullmatch(name):
        raise NOWHERE()
    return name
