"""Discord's interactions over HTTP, signed with Ed25519.

https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from waddlebot.lib.wire import decode, invalid
from waddlebot.platforms.discord_events import slash_event, typed, who
from waddlebot.platforms.discord_shapes import Data, Interaction
from waddlebot.platforms.hooks import BadSignatureError, Event, NotSetUpError, demand_fresh

STAMP: Final = "x-signature-timestamp"
SIGNATURE: Final = "x-signature-ed25519"
SIGNED_BY: Final = (STAMP, SIGNATURE)
# Ours: Discord names none, and waits three seconds for an answer.
WINDOW_S: Final = 300
SECONDS: Final = re.compile(r"[0-9]{1,11}")
SIGNED: Final = re.compile(r"[0-9a-f]{128}")
INTERACTION: Final = msgspec.json.Decoder(Interaction)
TYPED: Final = 1


@dataclass(frozen=True, slots=True)
class Ping:
    """Discord wants to see that this address is ours."""


@dataclass(frozen=True, slots=True)
class Slash:
    """Somebody has called a command on a server."""

    event: Event


@dataclass(frozen=True, slots=True)
class Private:
    """Somebody has called a command where only the bot hears it. `words` are its name and more."""

    account: Event
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button or a menu of a message."""


@dataclass(frozen=True, slots=True)
class Completing:
    """Somebody is typing, and suggestions are wanted."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """What we have no use for, though Discord wants an answer."""


Asked = Ping | Slash | Private | Pressed | Completing | Unheard


def read(body: bytes, headers: Mapping[str, str], *, now: datetime) -> Asked:
    """Raises NotSetUpError, BadSignatureError, and MalformedError or InvalidError."""
    _demand_signed(body, headers, now)
    told = decode(body, INTERACTION)
    match told.type:
        case 1:
            return Ping()
        case 2:
            return _command(told, now)
        case 3:
            return Pressed()
        case 4:
            return Completing()
    return Unheard()


def _command(told: Interaction, now: datetime) -> Asked:
    try:
        data = msgspec.convert(told.data, Data)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    if data.type != TYPED:
        return Unheard()
    words = typed(data)
    if told.member and told.guild_id and told.channel_id:
        return Slash(slash_event(told, told.member, words, now))
    return Private(who(told.user), tuple(words)) if told.user else Unheard()


def _demand_signed(body: bytes, headers: Mapping[str, str], now: datetime) -> None:
    if not settings.DISCORD_PUBLIC_KEY:
        raise NotSetUpError
    stamp, signature = headers[STAMP], headers[SIGNATURE]
    # Written in one way only, so that nothing can be sent again that looks different.
    if not (SECONDS.fullmatch(stamp) and SIGNED.fullmatch(signature)):
        raise BadSignatureError
    try:
        key = _key(settings.DISCORD_PUBLIC_KEY)
        key.verify(bytes.fromhex(signature), stamp.encode() + body)
    except (InvalidSignature, ValueError):
        raise BadSignatureError from None
    demand_fresh(datetime.fromtimestamp(int(stamp), UTC), now, window_s=WINDOW_S)


@lru_cache(maxsize=2)
def _key(hexadecimal: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(hexadecimal))
