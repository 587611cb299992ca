"""The token by which a module answers one call later: made of the call's id, stored nowhere."""

import base64
import hmac
from collections.abc import Iterator
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.conf import settings

PREFIX: Final = "wbr_"


def response_token(execution_id: UUID) -> str:
    return _token(settings.SECRET_KEY, execution_id)


def is_response_token(token: str, execution_id: UUID) -> bool:
    """Tell, in constant time, whether it was made for this call, under any key still in use."""
    given = token.encode("utf-8", "replace")
    found = [hmac.compare_digest(given, own.encode()) for own in _tokens(execution_id)]
    return any(found)


def _tokens(execution_id: UUID) -> Iterator[str]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield _token(secret, execution_id)


def _token(secret: str, execution_id: UUID) -> str:
    key = hmac.digest(secret.encode(), b"waddlebot.response_token", sha256)
    made = hmac.digest(key, execution_id.bytes, sha256)
    return PREFIX + base64.urlsafe_b64encode(made).decode().rstrip("=")
