"""Twitch: the VIPs and moderators of a channel, by its owner's token.

https://dev.twitch.tv/docs/api/reference/moderation/: Get VIPs and Get Moderators, and how each is
added and removed. Twitch has no codes, only statuses and sentences, and takes 10 changes of a kind
in 10 seconds.
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from typing import Final

from django.conf import settings

from waddlebot.platforms.client import Answer
from waddlebot.platforms.errors import ClosedError, NotYetError, RefusedError
from waddlebot.platforms.limits import Limit, alias, demand
from waddlebot.platforms.roles import Seat
from waddlebot.platforms.twitch_calls import BotToken, ask

Refusal = Callable[[], RefusedError]
PATHS: Final[Mapping[str, str]] = {"vip": "channels/vips", "moderator": "moderation/moderators"}
LOGIN: Final = re.compile(r"[a-z0-9_]{1,25}")
CHANGES: Final = (10, 10)
NO_TOKEN: Final = partial(
    ClosedError,
    "no_token",
    "The bot's token is of another account. Twitch wants one of the channel's owner, which a "
    "community's admin can lend.",
)
UNKNOWN: Final = partial(RefusedError, "unknown_user", "Twitch has no such account.")
REFUSED: Final = partial(RefusedError, "bad_request", "Twitch refuses this.")
STATUSES: Final[Mapping[int, Refusal]] = {
    401: partial(ClosedError, "unauthorized", "Twitch refuses the token of the channel's owner."),
    403: partial(ClosedError, "forbidden", "Twitch does not let the channel's owner do this."),
    404: UNKNOWN,
    409: partial(NotYetError, "vip_slots_full", "The channel has no VIP slot left."),
    425: partial(
        ClosedError,
        "no_vips_yet",
        "Twitch lets this channel have no VIPs yet: its owner has to build a community first.",
    ),
}
SENTENCES: Final[Sequence[tuple[re.Pattern[str], Refusal]]] = (
    (
        re.compile(r"is a moderator"),
        partial(RefusedError, "is_moderator", "A moderator of the channel cannot be its VIP too."),
    ),
    (
        re.compile(r"is a vip"),
        partial(RefusedError, "is_vip", "A VIP of the channel cannot be its moderator too."),
    ),
    (
        re.compile(r"banned|blocked"),
        partial(RefusedError, "banned", "This account is banned from the channel."),
    ),
    (
        re.compile(r"already a"),
        partial(RefusedError, "already_held", "This account has the role already."),
    ),
    (
        re.compile(r"not a (vip|mod)"),
        partial(RefusedError, "not_held", "This account does not have the role."),
    ),
)


def demand_channel(seat: Seat) -> None:
    """Raise unless the channel is the token's owner's; chat knows channels by name."""
    if seat.token or seat.server_id == settings.TWITCH_BOT_USER_ID:
        return
    me = {"id": settings.TWITCH_BOT_USER_ID}
    login = ask("GET", "users", query=me, refusal_of=_refusal_of).text("data", 0, "login")
    if login != seat.server_id.lower():
        raise NO_TOKEN()


def holders(seat: Seat, account_ids: Sequence[str]) -> frozenset[str]:
    answer = _ask("GET", seat, account_ids)
    rows = answer.body.get("data")
    count = len(rows) if isinstance(rows, list) else 0
    return frozenset(answer.text("data", place, "user_id") for place in range(count))


def give(seat: Seat, account_id: str) -> None:
    _change("POST", seat, account_id, done={"already_held"})


def take(seat: Seat, account_id: str) -> None:
    _change("DELETE", seat, account_id, done={"not_held", "unknown_user"})


def _change(method: str, seat: Seat, account_id: str, *, done: Set[str]) -> None:
    """Add or remove one; `done` are the refusals that say it was so before."""
    channel = alias(seat.server_id)
    demand(Limit(f"twitch:{channel}:{method}:{seat.role}", *CHANGES))
    try:
        _ask(method, seat, account_id)
    except RefusedError as refusal:
        if refusal.code not in done:
            raise


def _ask(method: str, seat: Seat, account_ids: str | Sequence[str]) -> Answer:
    token = seat.token or BotToken()
    query = {"broadcaster_id": token.account_id, "user_id": account_ids}
    return ask(method, PATHS[seat.role], query=query, refusal_of=_refusal_of, token=token)


def _refusal_of(answer: Answer) -> RefusedError:
    if known := STATUSES.get(answer.status):
        return known()
    said = answer.text("message").lower()
    return next((made() for sentence, made in SENTENCES if sentence.search(said)), REFUSED())
