"""Kick's webhooks, signed with RSA over SHA-256 (PKCS #1 v1.5).

https://docs.kick.com/events/webhook-security and …/event-types. All applications hear from Kick
under one key, and the type of an event is not signed: so an event is read as what it says it is
only where its body has what that type must have.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, cast

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from waddlebot.lib.wire import decode
from waddlebot.platforms.hooks import BadSignatureError, Happened, Heard, demand_fresh, time_in
from waddlebot.platforms.kick_events import Happening, to_event
from waddlebot.platforms.kick_key import KICK_KEY

ID: Final = "kick-event-message-id"
STAMP: Final = "kick-event-message-timestamp"
SIGNATURE: Final = "kick-event-signature"
KIND: Final = "kick-event-type"
SIGNED_BY: Final = (ID, STAMP, SIGNATURE, KIND)
# Ours: Kick names none, and tries three times "over a period of time".
WINDOW_S: Final = 600
HAPPENING: Final = msgspec.json.Decoder(Happening)


def read(body: bytes, headers: Mapping[str, str], *, now: datetime) -> Heard | None:
    """Raises BadSignatureError, and MalformedError or InvalidError for what Kick never sends."""
    demand_fresh(time_in(headers[STAMP]), now, window_s=WINDOW_S)
    _demand_signed(body, headers)
    event = to_event(headers[KIND], decode(body, HAPPENING))
    if event is None:
        return None
    return Happened({"event_id": headers[ID], "occurred_at": headers[STAMP], **event})


def _demand_signed(body: bytes, headers: Mapping[str, str]) -> None:
    signed = f"{headers[ID]}.{headers[STAMP]}.".encode(errors="replace") + body
    try:
        signature = base64.b64decode(headers[SIGNATURE], validate=True)
        _key(settings.KICK_PUBLIC_KEY or KICK_KEY).verify(signature, signed, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        raise BadSignatureError from None


@lru_cache(maxsize=2)
def _key(pem: str) -> RSAPublicKey:
    return cast("RSAPublicKey", load_pem_public_key(pem.encode()))
