"""What Twitch tells us of a channel: subscriptions, looked at and mended.

https://dev.twitch.tv/docs/eventsub/manage-subscriptions/ and …/eventsub-subscription-types/.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.client import Answer
from waddlebot.platforms.errors import ClosedError, RefusedError
from waddlebot.platforms.twitch_app import AppToken
from waddlebot.platforms.twitch_calls import ask
from waddlebot.platforms.twitch_hooks import eventsub_secrets

PATH: Final = "eventsub/subscriptions"
MOST_PAGES: Final = 20
ENABLED: Final = "enabled"
ALIVE: Final = frozenset({ENABLED, "webhook_callback_verification_pending"})


@dataclass(frozen=True, slots=True)
class Wish:
    """One kind of event, and of whom it is."""

    type: str
    version: str
    condition: Mapping[str, str]


def wishes_of(channel: str) -> list[Wish]:
    """Return what we want to hear of a channel, by its number."""
    bot = str(settings.TWITCH_BOT_USER_ID)
    here = {"broadcaster_user_id": channel}
    chat = [("channel.chat.message", "1", {**here, "user_id": bot})] if bot else []
    by_type: list[tuple[str, str, Mapping[str, str]]] = [
        *chat,
        ("channel.follow", "2", {**here, "moderator_user_id": channel}),
        ("channel.subscribe", "1", here),
        ("channel.subscription.message", "1", here),
        ("channel.subscription.gift", "1", here),
        ("channel.cheer", "1", here),
        ("channel.raid", "1", {"to_broadcaster_user_id": channel}),
        ("channel.ban", "1", here),
        ("stream.online", "1", here),
        ("stream.offline", "1", here),
    ]
    # What is whispered to the bot is of no channel; whoever asks first has it for all.
    whispers = [("user.whisper.message", "1", {"user_id": bot})] if bot else []
    return [Wish(*each) for each in (*by_type, *whispers)]


def callback() -> str:
    return f"{settings.PUBLIC_URL}/router/v1/hooks/twitch"


def repair(channel: str) -> dict[str, str]:
    """Subscribe to what is missing, and drop what is broken; return how each type stands.

    Raises OutboundError when Twitch is away or does not know the application.
    """
    wishes = wishes_of(channel)
    standing: dict[str, str] = {}
    found = [each for user in _users_of(wishes) for each in _subscriptions(user)]
    for row in {each.get("id"): each for each in found}.values():
        wish = _wish_of(row, wishes)
        if wish is None:
            continue
        if row.get("status") in ALIVE and row["transport"].get("callback") == callback():
            standing[wish.type] = str(row["status"])
        else:
            _drop(row)
    for wish in wishes:
        if wish.type not in standing:
            standing[wish.type] = _subscribe(wish)
    return standing


def drop_all(channel: str) -> None:
    """Hear no more of a channel; raises OutboundError."""
    for row in list(_subscriptions(channel)):
        if row["transport"].get("callback") == callback():
            _drop(row)


def _users_of(wishes: Sequence[Wish]) -> set[str]:
    return {user for wish in wishes for user in wish.condition.values() if user}


def _subscriptions(user: str) -> Iterator[dict[str, Any]]:
    """Return the sound rows of all subscriptions of which an account is part."""
    query = {"user_id": user}
    for _ in range(MOST_PAGES):
        answer = ask("GET", PATH, query=query, refusal_of=_refusal_of, token=AppToken())
        rows = answer.body.get("data")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and isinstance(row.get("transport"), dict):
                yield row
        after = answer.text("pagination", "cursor")
        if not after:
            return
        query = {"user_id": user, "after": after}


def _wish_of(row: Mapping[str, Any], wishes: Sequence[Wish]) -> Wish | None:
    condition = row.get("condition")
    if not isinstance(condition, dict):
        return None
    told = {name: value for name, value in condition.items() if value}
    same = (w for w in wishes if (w.type, w.version) == (row.get("type"), row.get("version")))
    return next((wish for wish in same if told == wish.condition), None)


def _drop(row: Mapping[str, Any]) -> None:
    query = {"id": str(row.get("id", ""))}
    try:
        ask("DELETE", PATH, query=query, refusal_of=_refusal_of, token=AppToken())
    except RefusedError as refusal:
        if refusal.code != "not_found":
            raise


def _subscribe(wish: Wish) -> str:
    transport = {"method": "webhook", "callback": callback(), "secret": eventsub_secrets()[0]}
    asked = {
        "type": wish.type,
        "version": wish.version,
        "condition": dict(wish.condition),
        "transport": transport,
    }
    try:
        answer = ask(
            "POST", PATH, query={}, payload=asked, refusal_of=_refusal_of, token=AppToken()
        )
    except ClosedError:
        raise
    except RefusedError as refusal:
        # Another worker was first; or the channel has not allowed this one, and the others stand.
        return ENABLED if refusal.code == "exists" else refusal.code
    return answer.text("data", 0, "status") or ENABLED


def _refusal_of(answer: Answer) -> OutboundError:
    codes: dict[int, str] = {
        HTTPStatus.FORBIDDEN: "not_allowed",
        HTTPStatus.CONFLICT: "exists",
        HTTPStatus.NOT_FOUND: "not_found",
    }
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return ClosedError("unauthorized", "Twitch refuses the application's token.")
    code = codes.get(answer.status, "refused")
    return RefusedError(code, "Twitch refuses this subscription.")
