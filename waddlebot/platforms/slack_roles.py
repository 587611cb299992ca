"""Slack: the members of a user group.

https://docs.slack.dev/reference/methods/usergroups.users.update replaces the whole list: what
somebody else changes between our reading and writing would be lost. So it is read right before,
by one process at a time, and looked at again after.
"""

import re
from collections.abc import Set
from functools import lru_cache, partial
from typing import Final

from django.conf import settings

from waddlebot.platforms.client import TIMEOUT_S, Answer
from waddlebot.platforms.errors import BusyError, ClosedError, FaultyError, RefusedError
from waddlebot.platforms.limits import alone
from waddlebot.platforms.roles import Seat
from waddlebot.platforms.slack_calls import ask

LOOKS: Final = 4
TEAM: Final = re.compile(r"[TE][A-Z0-9]{2,30}")
SEPARATOR: Final = re.compile(r"[,\s]+")
USER_GROUP: Final = re.compile(r"S[A-Z0-9]{2,30}")
NOT_US: Final = "Slack refuses the token."
NO_GROUP: Final = "The workspace has no such user group."
NOT_TAKEN: Final = (
    "Slack takes neither bots nor guests nor people of other workspaces into a user group."
)
CLOSED: Final = {
    "account_inactive": NOT_US,
    "invalid_auth": NOT_US,
    "not_authed": NOT_US,
    "token_expired": NOT_US,
    "token_revoked": NOT_US,
    "missing_scope": "The token lacks the scopes usergroups:read and usergroups:write.",
    "no_such_subteam": NO_GROUP,
    "subteam_not_found": NO_GROUP,
    "plan_upgrade_required": "This workspace's plan has no user groups.",
    "permission_denied": (
        "The workspace lets the token's owner change no user groups. Let everybody change them in "
        "its settings, or lend a token of somebody who may."
    ),
}
REFUSED: Final = dict.fromkeys(
    (
        "invalid_user", "invalid_users", "failed_for_some_users", "users_not_found",
        "user_not_found", "single_channel_guests_cannot_be_added",
    ),
    NOT_TAKEN,
)  # fmt: skip
LAST_MEMBER: Final = partial(
    RefusedError,
    "last_member",
    "Slack keeps somebody in every user group. Add somebody else, or switch the group off there.",
)
OTHER_TEAM: Final = partial(
    ClosedError, "other_workspace", "The token is of another workspace than this one."
)


def demand_team(seat: Seat) -> None:
    """Raise unless the server is the workspace of the token: the group's id alone does not say."""
    if _team_of(_token_of(seat)) != seat.server_id:
        raise OTHER_TEAM()


def members(seat: Seat) -> frozenset[str]:
    answer = _ask("GET", "usergroups.users.list", seat)
    users = answer.body.get("users")
    count = len(users) if isinstance(users, list) else 0
    return frozenset(filter(None, (answer.text("users", place) for place in range(count))))


def change(seat: Seat, give: Set[str], take: Set[str]) -> frozenset[str]:
    """Add some and remove others; return who could not be removed, being the last one left."""
    with alone(f"slack:usergroup:{seat.role}", LOOKS * 2 * TIMEOUT_S):
        for _ in range(LOOKS):
            held = members(seat)
            wanted = (held | give) - take or frozenset(sorted(held)[:1])
            if wanted == held:
                return wanted & take
            _ask("POST", "usergroups.users.update", seat, {"users": ",".join(sorted(wanted))})
    raise BusyError


def _ask(method: str, name: str, seat: Seat, more: dict[str, str] | None = None) -> Answer:
    arguments = {"usergroup": seat.role, **(more or {})}
    return ask(method, name, arguments, refusal_of=_refusal_of, token=_token_of(seat))


def _token_of(seat: Seat) -> str:
    return seat.token.current() if seat.token else str(settings.SLACK_BOT_TOKEN)


@lru_cache(maxsize=256)
def _team_of(token: str) -> str:
    return whose(token)[0]


def whose(token: str) -> tuple[str, str, frozenset[str]]:
    """Return the workspace of a token, by id and name, and the token's scopes."""
    answer = ask("POST", "auth.test", {}, refusal_of=_refusal_of, token=token)
    team, scopes = answer.text("team_id"), answer.headers.get("x-oauth-scopes", "")
    if not team:
        raise FaultyError
    return team, answer.text("team"), frozenset(filter(None, SEPARATOR.split(scopes)))


def _refusal_of(code: str) -> RefusedError:
    if text := CLOSED.get(code):
        return ClosedError(code, text)
    return RefusedError(code, REFUSED.get(code, f"Slack has refused it ({code})."))
