"""Discord: roles of a server's members.

https://docs.discord.com/developers/resources/guild#add-guild-member-role. Giving one that is held
and taking one that is not are both a 204.
"""

import re
from functools import partial
from typing import Final

from waddlebot.platforms.client import Answer
from waddlebot.platforms.discord_calls import Refusals, ask
from waddlebot.platforms.errors import ClosedError, NotYetError, RefusedError
from waddlebot.platforms.roles import Seat

SNOWFLAKE: Final = re.compile(r"[0-9]{15,20}")
NOT_THERE: Final = "Discord has no such server, or the bot is not on it."
# Managed roles belong to bots and boosters; Discord gives them itself.
REFUSALS: Final[Refusals] = {
    10004: partial(ClosedError, "unknown_server", NOT_THERE),
    10007: partial(NotYetError, "not_on_server", "This account is not on the server."),
    10011: partial(ClosedError, "unknown_role", "The server has no such role."),
    10013: partial(RefusedError, "unknown_user", "Discord has no such account."),
    50001: partial(ClosedError, "missing_access", NOT_THERE),
    50013: partial(
        ClosedError,
        "missing_permissions",
        "The bot may not: it needs the permission Manage Roles on that server, and a role of its "
        "own above this one.",
    ),
    50028: partial(ClosedError, "invalid_role", "Discord lets nobody give this role."),
    60003: partial(
        ClosedError,
        "two_factor_required",
        "The server wants two-factor sign-in of the bot's owner.",
    ),
}
# Whoever is not on the server has no role there, and a role that is gone is held by nobody.
GONE: Final = frozenset({"not_on_server", "unknown_role", "unknown_user"})


def holds(seat: Seat, account_id: str) -> bool:
    try:
        answer = _ask("GET", seat, account_id)
    except RefusedError as refusal:
        if refusal.code in GONE:
            return False
        raise
    roles = answer.body.get("roles")
    return isinstance(roles, list) and seat.role in roles


def give(seat: Seat, account_id: str, reason: str) -> None:
    _ask("PUT", seat, account_id, f"/roles/{seat.role}", reason)


def take(seat: Seat, account_id: str, reason: str) -> None:
    try:
        _ask("DELETE", seat, account_id, f"/roles/{seat.role}", reason)
    except RefusedError as refusal:
        if refusal.code not in GONE:
            raise


def _ask(method: str, seat: Seat, account_id: str, rest: str = "", reason: str = "") -> Answer:
    path = f"guilds/{seat.server_id}/members/{account_id}{rest}"
    # Discord counts by method and server.
    route = f"{'member' if method == 'GET' else 'role'}:{method}:{seat.server_id}"
    return ask(method, path, route=route, refusals=REFUSALS, reason=reason)
