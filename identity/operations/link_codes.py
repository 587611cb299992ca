"""Verification codes. Short enough to type, so a hash of one is worth as much as its key."""

import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

from waddlebot.lib.cache import SEPARATOR

ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LIFE: Final = timedelta(minutes=10)
ATTEMPTS: Final = 5
LONGEST_TYPED: Final = 64


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(settings.VERIFICATION_CODE_LENGTH))


def inbound_hashes(*, platform: str, code: str) -> list[bytes]:
    """Return what a code typed on `platform` is known by, under the current key first.

    Who types it is not known before; the row it names binds it to who asked.
    """
    return _hashes("inbound", platform, code)


def outbound_hashes(*, user_id: int, code: str) -> list[bytes]:
    """Return what a code that was sent for `user_id` is known by, under the current key first."""
    return _hashes("outbound", str(user_id), code)


def merge_hashes(code: str) -> list[bytes]:
    """Return what the code of an account that may be absorbed is known by. Its row says whose."""
    return _hashes("merge", "", code)


def subject_hash(*parts: str) -> bytes:
    """Return what somebody is counted by, from which nobody tells who it is."""
    value = SEPARATOR.join(parts).encode(errors="replace")
    return salted_hmac("waddlebot.code-limits", value, algorithm="sha256").digest()


def _hashes(purpose: str, bound_to: str, code: str) -> list[bytes]:
    typed = code.strip().upper()[:LONGEST_TYPED]
    value = SEPARATOR.join((purpose, bound_to, typed)).encode(errors="replace")
    return [
        salted_hmac("waddlebot.link-code", value, secret=key, algorithm="sha256").digest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
