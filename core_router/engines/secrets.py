"""The secrets of an engine: several while one is rotated, sealed wherever they rest."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from core_router.engines.base import EngineError
from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.sealing import BrokenSealError, seal, unseal

WEBHOOK_PREFIX: Final = "whsec_"
WEBHOOK_BYTES: Final = 32
FEWEST_BYTES: Final = 24
MOST_BYTES: Final = 64
MOST: Final = 3


class Secret(msgspec.Struct, frozen=True):
    """`until`: when it has been replaced, and until then both count."""

    value: str
    until: datetime | None = None


def new_webhook_secret() -> str:
    """Return one as Standard Webhooks writes them: `whsec_` and 24 to 64 bytes in base64."""
    return WEBHOOK_PREFIX + base64.b64encode(secrets.token_bytes(WEBHOOK_BYTES)).decode()


def check_webhook_secret(value: str) -> None:
    """Raises InvalidError for what nothing can be signed with."""
    try:
        size = len(base64.b64decode(value.removeprefix(WEBHOOK_PREFIX), validate=True))
    except ValueError:
        size = 0
    if not FEWEST_BYTES <= size <= MOST_BYTES:
        detail = f"whsec_ and {FEWEST_BYTES} to {MOST_BYTES} bytes in base64."
        raise InvalidError("This secret cannot be.", errors=[Flaw("#/engine/secret", detail)])


def secrets_of(sealed: bytes, *, now: datetime) -> list[str]:
    """Return those that count, the newest first. Raises EngineError for lost ones."""
    try:
        kept = _opened(bytes(sealed)) if sealed else ()
    except BrokenSealError:
        detail = "Its secret was sealed with a key that is gone: give it a new one."
        raise EngineError("secret_lost", detail) from None
    return [each.value for each in kept if each.until is None or each.until > now]


def with_secret(sealed: bytes, value: str, *, now: datetime, overlap_s: int) -> bytes:
    """Return what is stored when `value` takes over; what counted, counts for `overlap_s` more."""
    until = now + timedelta(seconds=overlap_s)
    known = [each for each in _still_open(sealed) if each.value != value]
    old = [Secret(each.value, min(each.until or until, until)) for each in known]
    still = [each for each in old if each.until is not None and each.until > now]
    kept = [Secret(value), *still][:MOST]
    return seal(msgspec.json.encode(kept))


def _still_open(sealed: bytes) -> Sequence[Secret]:
    """Return what can be opened: what was sealed with a key that is gone counts no more."""
    try:
        return _opened(bytes(sealed)) if sealed else ()
    except BrokenSealError:
        return ()


@lru_cache(maxsize=10_000)
def _opened(sealed: bytes) -> Sequence[Secret]:
    return msgspec.json.decode(unseal(sealed), type=list[Secret])
