"""`Idempotency-Key`: a POST sent twice happens once (contract 1).

DRF asks `IdempotencyGate` after authentication, permission and limits; the request middleware
hands the finished answer to `remember`. The answer is sealed: it may hold a new API key.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from redis import RedisError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from waddlebot.lib.errors import ConflictError, InvalidError, UnavailableError
from waddlebot.lib.limits import key_counter_name
from waddlebot.lib.problems import TooLargeError
from waddlebot.lib.redis import client
from waddlebot.lib.sealing import BrokenSealError, seal, unseal
from waddlebot.lib.wire import max_body_of

KEEP_S: Final = 24 * 3600
IN_FLIGHT_S: Final = 60
MAX_KEY: Final = 255
CLAIM: Final = "waddlebot.claim"
KEPT_HEADERS: Final = ("Content-Type", "Location")


class InProgressError(ConflictError):
    code = "idempotency_in_progress"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key has not ended yet.")


class ReusedError(ConflictError):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key came with another body before.")


class Stored(msgspec.Struct):
    """What was asked, and what was answered; no status while it is in flight."""

    body_sha256: bytes
    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """This request is the one that answers for the key."""

    name: str
    stored: Stored


class ReplayError(Exception):
    """Not an error: ends the view at once with the answer of the first time."""

    def __init__(self, stored: Stored) -> None:
        super().__init__()
        self.stored = stored

    def response(self) -> Response:
        answer = Response(
            msgspec.Raw(self.stored.body) if self.stored.body else None,
            status=self.stored.status,
            headers={**self.stored.headers, "Idempotency-Replayed": "true"},
        )
        answer.content_type = self.stored.headers.get("Content-Type")
        return answer


class IdempotencyGate(BaseThrottle):
    """Views that are safe to repeat anyway may say `idempotency = False`."""

    def allow_request(self, request: Request, view: Any) -> bool:
        key = request.headers.get("Idempotency-Key")
        applies = request.method == "POST" and getattr(view, "idempotency", True)
        if key and applies and request.auth is not None:
            self._claim(request, view, key)
        return True

    def _claim(self, request: Request, view: Any, key: str) -> None:
        if len(key) > MAX_KEY:
            raise InvalidError(f"An Idempotency-Key has at most {MAX_KEY} characters.")
        mine = Stored(hashlib.sha256(_body(request, view)).digest())
        name = _name(request, key)
        first = _claim_or_find(name, mine)
        if first is None:
            request.META[CLAIM] = Claim(name, mine)
            return
        if first.body_sha256 != mine.body_sha256:
            raise ReusedError
        if not first.status:
            raise InProgressError
        raise ReplayError(first)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Keep the answer of a claimed request; a refusal created nothing, so it is not kept."""
    claim: Claim | None = request.META.get(CLAIM)
    if claim is None:
        return
    try:
        if 200 <= response.status_code < 300:  # noqa: PLR2004
            claim.stored.status = response.status_code
            claim.stored.headers = {n: response[n] for n in KEPT_HEADERS if n in response}
            claim.stored.body = response.content
            client().set(claim.name, _pack(claim.stored), ex=KEEP_S)
        else:
            client().delete(claim.name)
    except RedisError:
        # It happened and is answered; the claim runs out by itself.
        return


def _body(request: Request, view: Any) -> bytes:
    if int(request.headers.get("content-length") or 0) > max_body_of(view):
        raise TooLargeError
    return bytes(request.body)


def _name(request: Request, key: str) -> str:
    caller: Any = request.auth
    parts = (key_counter_name(caller), request.get_full_path(), key)
    return "wb:idempotency:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _claim_or_find(name: str, mine: Stored) -> Stored | None:
    """Return what stands there already, or None when the claim is ours now."""
    try:
        if client().set(name, _pack(mine), ex=IN_FLIGHT_S, nx=True):
            return None
        found = client().get(name)
        if found is None:  # It ran out between the two.
            raise InProgressError
        return msgspec.msgpack.decode(unseal(bytes(found)), type=Stored)  # type: ignore[arg-type]
    except RedisError:
        raise UnavailableError from None
    except BrokenSealError:
        raise InProgressError from None


def _pack(stored: Stored) -> bytes:
    return seal(msgspec.msgpack.encode(stored))
