"""Errors as `application/problem+json` (RFC 9457, contract 1), with or without a request."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django_redis.exceptions import ConnectionInterrupted
from redis import RedisError

from waddlebot.lib.errors import (
    DomainError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)

CONTENT_TYPE: Final = "application/problem+json"
CHALLENGE: Final = 'Bearer realm="waddlebot"'

Headers = list[tuple[str, str]]


class MalformedError(DomainError):
    """The request itself cannot be read."""

    code = "malformed"


class TooLargeError(DomainError):
    code = "too_large"
    status = 413

    def __init__(self, detail: str = "The body is too large.") -> None:
        super().__init__(detail)


class UnsupportedMediaTypeError(DomainError):
    code = "unsupported_media_type"
    status = 415

    def __init__(self, detail: str = "Send application/json.") -> None:
        super().__init__(detail)


class NotAuthenticatedError(DomainError):
    code = "not_authenticated"
    status = 401

    def __init__(self, detail: str = "Send an API key, or sign in.") -> None:
        super().__init__(detail)


class CsrfError(ForbiddenError):
    code = "csrf_failed"


class MethodNotAllowedError(DomainError):
    code = "method_not_allowed"
    status = 405

    def __init__(self, allow: str = "") -> None:
        super().__init__("This address does not answer that method.")
        self.headers = {"Allow": allow} if allow else {}


class LengthRequiredError(DomainError):
    code = "length_required"
    status = 411

    def __init__(self) -> None:
        super().__init__("Send the body with a Content-Length.")


class RateLimitedError(DomainError):
    code = "rate_limited"
    status = 429

    def __init__(self, detail: str = "Too many requests.", *, retry_after_s: float = 1) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(max(1, round(retry_after_s + 0.5)))}


class InternalError(DomainError):
    """A fault of ours. What it was is in the log, under the request's id."""

    code = "internal_error"
    status = 500

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side.")


def problem(error: DomainError) -> dict[str, Any]:
    """Return the body of the answer that tells a client about `error`."""
    return {
        "type": "about:blank",
        "title": error.title or HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "errors": [{"pointer": flaw.pointer, "detail": flaw.detail} for flaw in error.errors],
    }


def problem_headers(error: DomainError) -> Headers:
    headers = [("Cache-Control", "no-store"), *error.headers.items()]
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers.append(("WWW-Authenticate", CHALLENGE))
    return headers


def problem_bytes(error: DomainError) -> tuple[int, Headers, bytes]:
    """Return status, headers and body; for the WSGI callable, which has no request."""
    headers = [("Content-Type", CONTENT_TYPE), *problem_headers(error)]
    return error.status, headers, msgspec.json.encode(problem(error))


def problem_response(error: DomainError) -> HttpResponse:
    status, headers, body = problem_bytes(error)
    return HttpResponse(body, status=status, headers=dict(headers))


def refusal_of(error: BaseException) -> DomainError | None:
    """Return what a client is told about `error`, or None when it is a fault of ours."""
    if isinstance(error, DomainError):
        return error
    return next((make() for kinds, make in KNOWN if isinstance(error, kinds)), None)


KNOWN: Final[Sequence[tuple[tuple[type[BaseException], ...], Callable[[], DomainError]]]] = (
    ((Http404,), NotFoundError),
    ((PermissionDenied,), lambda: ForbiddenError("You may not do this.")),
    ((RequestDataTooBig,), TooLargeError),
    ((SuspiciousOperation,), lambda: MalformedError("The request makes no sense here.")),
    ((OperationalError, InterfaceError, RedisError, ConnectionInterrupted), UnavailableError),
)


def refusal_for(status: int, *, allow: str = "") -> DomainError:
    """Return the refusal that fits a bare status, as Django's own error answers have."""
    known: dict[int, DomainError] = {
        400: MalformedError("The request cannot be understood."),
        401: NotAuthenticatedError(),
        403: ForbiddenError("You may not do this."),
        404: NotFoundError(),
        405: MethodNotAllowedError(allow),
        413: TooLargeError(),
        415: UnsupportedMediaTypeError(),
        503: UnavailableError(),
    }
    if status in known:
        return known[status]
    return InternalError() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _other(status)


def _other(status: int) -> DomainError:
    error = InvalidError("The request was refused.")
    error.status = status
    return error
