"""From the text of an API key to who is asking."""

import hashlib
import logging
import time
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Final, NoReturn
from zlib import crc32

from django.db import Error
from django.db.models import Q

from identity.data import Credential
from identity.models import ApiKey
from identity.operations.audit import actor_of, address_of, record_refusal
from identity.queries.keys import KnownKey, UnknownKeyError, inside, known_keys
from waddlebot.lib.errors import DomainError
from waddlebot.lib.ids import BASE62

logger = logging.getLogger(__name__)

ID_LENGTH: Final = 12
SECRET_LENGTH: Final = 43
CHECKSUM_LENGTH: Final = 6
SECRET_AT: Final = 3 + ID_LENGTH + 1
CHECKSUM_AT: Final = SECRET_AT + SECRET_LENGTH + 1
KEY_LENGTH: Final = CHECKSUM_AT + CHECKSUM_LENGTH
LAST_USED_EVERY_S: Final = 60
PAIRS: Final = [high + low for high in BASE62 for low in BASE62]


class BadCredentialsError(DomainError):
    """No key, or one that is mistyped, unknown, expired, revoked or used from elsewhere."""

    code = "bad_credentials"
    status = 401

    def __init__(self, detail: str = "This API key is not valid.") -> None:
        super().__init__(detail)


def checksum(head: str) -> str:
    """Return the CRC-32 of `wb_<id>_<secret>` as six digits of base 62."""
    high, low = divmod(crc32(head.encode()), len(PAIRS))
    high, middle = divmod(high, len(PAIRS))
    return PAIRS[high] + PAIRS[middle] + PAIRS[low]


def is_well_formed(raw: str) -> bool:
    return (
        len(raw) == KEY_LENGTH
        and raw.isascii()
        and raw[:3] == "wb_"
        and raw[SECRET_AT - 1] == raw[CHECKSUM_AT - 1] == "_"
        and raw[3 : SECRET_AT - 1].isalnum()
        and checksum(raw[: CHECKSUM_AT - 1]) == raw[CHECKSUM_AT:]
    )


def parts_of(raw: str) -> tuple[str, bytes]:
    """Return the id and the secret of a well-formed key."""
    return raw[3 : SECRET_AT - 1], raw[SECRET_AT : CHECKSUM_AT - 1].encode()


def authenticate(raw_key: str, *, ip: str, now: datetime | None = None) -> Credential:
    """Return who a key belongs to, from memory; a typo costs no query."""
    if not is_well_formed(raw_key):
        raise BadCredentialsError
    key_id, secret = parts_of(raw_key)
    try:
        known = known_keys.get(key_id)
    except UnknownKeyError:
        _refuse("unknown", ip=ip)
    if known.is_over:
        _refuse("revoked", ip=ip, known=known)
    digest = hashlib.sha256(secret).digest()
    if not compare_digest(digest, known.secret_sha256):
        _refuse("wrong secret", ip=ip)
    moment = now or datetime.now(UTC)
    _check(known, ip, moment)
    _note_use(key_id, ip, moment)
    return known.credential


def _check(known: KnownKey, ip: str, now: datetime) -> None:
    if now >= known.expires_at:
        _refuse("expired", ip=ip, known=known)
    if known.allowed and not inside(ip, known.allowed):
        _refuse("address not allowed", ip=ip, known=known)


def _refuse(reason: str, *, ip: str, known: KnownKey | None = None) -> NoReturn:
    credential = known.credential if known else None
    record_refusal(
        category="authentication",
        action="key",
        actor=actor_of(credential),
        community_id=credential.community_id if credential else None,
        ip=ip or None,
        reason=reason,
    )
    raise BadCredentialsError


_noted: dict[str, float] = {}


def _note_use(key_id: str, ip: str, now: datetime) -> None:
    """Write when and from where a key is used, at most once a minute over all processes."""
    tick = time.monotonic()
    if tick < _noted.get(key_id, 0.0):
        return
    _noted[key_id] = tick + LAST_USED_EVERY_S
    before = now - timedelta(seconds=LAST_USED_EVERY_S)
    stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
    try:
        ApiKey.objects.filter(stale, key_id=key_id).update(
            last_used_at=now, last_used_ip=address_of(ip)
        )
    except Error as error:
        # Worth less than the answer to the one who asks.
        logger.warning("Could not note a key's use", extra={"error": type(error).__name__})
