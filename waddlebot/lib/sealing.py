"""Secrets at rest: encrypted and authenticated with a key made of `SECRET_KEY`.

`SECRET_KEY_FALLBACKS` still open what they sealed, so the key can be rotated.
"""

import base64
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.signing import JSONSerializer

from waddlebot.lib.errors import ConflictError


class BrokenSealError(ConflictError):
    """It was not sealed by us, or with a key that is gone."""

    code = "sealed_with_lost_key"

    def __init__(self) -> None:
        super().__init__("A secret kept here was sealed with another SECRET_KEY: make a new one.")


def seal(plain: bytes) -> bytes:
    return _box(_secrets()).encrypt(plain)


def unseal(sealed: bytes) -> bytes:
    """Return what was sealed, or raise BrokenSealError."""
    try:
        return _box(_secrets()).decrypt(bytes(sealed))
    except InvalidToken:
        raise BrokenSealError from None


class SealedSession:
    """What a session holds, for `SESSION_SERIALIZER`: codes sent by e-mail wait in there.

    Sessions from before they were sealed are still read.
    """

    def dumps(self, content: Any) -> bytes:
        return seal(JSONSerializer().dumps(content))

    def loads(self, stored: bytes) -> Any:
        is_sealed = not stored.startswith(b"{")
        return JSONSerializer().loads(unseal(stored) if is_sealed else stored)


def _secrets() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=4)
def _box(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"waddlebot.sealing")
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
