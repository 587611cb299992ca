"""EventSub over webhooks: https://dev.twitch.tv/docs/eventsub/handling-webhook-events/."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from django.conf import settings
from django.utils.crypto import salted_hmac

from waddlebot.lib.wire import decode
from waddlebot.platforms.hooks import (
    BadSignatureError,
    Challenge,
    Happened,
    Heard,
    Revoked,
    demand_fresh,
    time_in,
)
from waddlebot.platforms.twitch_events import to_event, whispered
from waddlebot.platforms.twitch_shapes import Happening

ID: Final = "twitch-eventsub-message-id"
STAMP: Final = "twitch-eventsub-message-timestamp"
SIGNATURE: Final = "twitch-eventsub-message-signature"
KIND: Final = "twitch-eventsub-message-type"
SIGNED_BY: Final = (ID, STAMP, SIGNATURE, KIND)
# Twitch says that nothing older is to be taken; it sends again what was not taken.
WINDOW_S: Final = 600


class Subscription(msgspec.Struct):
    type: str
    status: str = ""


class Message(msgspec.Struct):
    subscription: Subscription
    event: Happening | None = None
    challenge: str = ""


WHISPERED: Final = "user.whisper.message"
MESSAGE: Final = msgspec.json.Decoder(Message)


def eventsub_secrets() -> tuple[str, ...]:
    """Return what EventSub signs with, the newest first: new subscriptions are made with that.

    Without a setting they are made of `SECRET_KEY` and its fallbacks.
    """
    if given := settings.TWITCH_EVENTSUB_SECRET:
        return tuple(given)
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def read(body: bytes, headers: Mapping[str, str], *, now: datetime) -> Heard | None:
    """Raises BadSignatureError, and MalformedError or InvalidError for what Twitch never sends."""
    _demand_signed(body, headers, now)
    message = decode(body, MESSAGE)
    match headers[KIND]:
        case "webhook_callback_verification":
            return Challenge(message.challenge)
        case "notification" if message.event is not None:
            if message.subscription.type == WHISPERED:
                return whispered(message.event, headers[ID])
            event = to_event(message.subscription.type, message.event)
            return Happened(_with_id(event, headers)) if event else None
        case "revocation":
            return Revoked(message.subscription.type, message.subscription.status)
    return None


def _demand_signed(body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    demand_fresh(time_in(headers[STAMP]), now, window_s=WINDOW_S)
    signed = (headers[ID] + headers[STAMP]).encode(errors="replace") + body
    given = headers[SIGNATURE].encode(errors="replace")
    for secret in eventsub_secrets():
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        if hmac.compare_digest(f"sha256={expected}".encode(), given):
            return
    raise BadSignatureError


def _with_id(event: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    # A chat line has an id of its own, which a collector over IRC reports as well.
    return {
        "event_id": event.get("message_id") or headers[ID],
        "occurred_at": headers[STAMP],
        **event,
    }


@lru_cache(maxsize=4)
def _derived(secrets: tuple[str, ...]) -> tuple[str, ...]:
    # Twitch takes 10 to 100 characters.
    made = (
        salted_hmac("waddlebot.eventsub", "", secret=each, algorithm="sha256") for each in secrets
    )
    return tuple(each.hexdigest() for each in made)
