"""How DRF speaks here: msgspec JSON in and out, no negotiation, every error a problem."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import IO, Any, Final

from django.db import connections
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.mediatypes import media_type_matches

from waddlebot.lib import wire
from waddlebot.lib.errors import DomainError, Flaw, ForbiddenError, InvalidError, NotFoundError
from waddlebot.lib.idempotency import ReplayError
from waddlebot.lib.problems import (
    CONTENT_TYPE,
    InternalError,
    MalformedError,
    MethodNotAllowedError,
    NotAuthenticatedError,
    RateLimitedError,
    TooLargeError,
    UnsupportedMediaTypeError,
    problem,
    problem_headers,
    refusal_of,
)

logger = logging.getLogger(__name__)


class BytesParser(BaseParser):
    """Hands the body on as it came, for views that read it themselves."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = wire.max_body_of((parser_context or {}).get("view"))
        body: bytes = stream.read(most + 1)
        if len(body) > most:
            raise TooLargeError
        return body


class AnyBytesParser(BytesParser):
    """The same whatever it says it is: its signature is over the bytes."""

    media_type = "*/*"


class JsonParser(BytesParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return wire.decode(super().parse(stream, media_type, parser_context))


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else wire.encode(data)


class NoNegotiation(BaseContentNegotiation):
    """The answer is JSON whatever the client would like; the body must be what it says."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        for parser in parsers:
            if media_type_matches(parser.media_type, request.content_type):
                return parser
        return None

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        first = next(iter(renderers))
        return first, first.media_type


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response:
    """The one place where an exception becomes an answer. None shows its text."""
    if isinstance(error, ReplayError):
        return error.response()
    refusal = _refusal_of_drf(error) or refusal_of(error)
    if refusal is None:
        logger.error(
            "A view failed", exc_info=error, extra={"view": type(context["view"]).__name__}
        )
        refusal = InternalError()
    elif refusal.status == HTTPStatus.SERVICE_UNAVAILABLE and refusal is not error:
        logger.warning("A dependency is down", exc_info=error)
    _roll_back()
    response = Response(problem(refusal), status=refusal.status, content_type=CONTENT_TYPE)
    for name, value in problem_headers(refusal):
        response[name] = value
    return response


def _roll_back() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["ATOMIC_REQUESTS"] and connection.in_atomic_block:
            connection.set_rollback(True)


def _refusal_of_drf(error: Exception) -> DomainError | None:
    if isinstance(error, exceptions.ValidationError):
        return InvalidError("The input is not valid.", errors=list(_flaws(error.detail)))
    if isinstance(error, exceptions.Throttled):
        return RateLimitedError(retry_after_s=getattr(error, "wait", None) or 1)
    return next((make() for kind, make in KNOWN if isinstance(error, kind)), None)


KNOWN: Final[Sequence[tuple[type[Exception], Callable[[], DomainError]]]] = (
    (exceptions.NotAuthenticated, NotAuthenticatedError),
    (
        exceptions.AuthenticationFailed,
        lambda: NotAuthenticatedError("These credentials are not valid."),
    ),
    (exceptions.PermissionDenied, lambda: ForbiddenError("You may not do this.")),
    (exceptions.NotFound, NotFoundError),
    (exceptions.MethodNotAllowed, MethodNotAllowedError),
    (exceptions.UnsupportedMediaType, UnsupportedMediaTypeError),
    (exceptions.APIException, lambda: MalformedError("The request cannot be understood.")),
)


def _flaws(detail: Any, pointer: str = "#") -> Iterator[Flaw]:
    if isinstance(detail, Mapping):
        for key, below in detail.items():
            yield from _flaws(below, pointer if key == "non_field_errors" else f"{pointer}/{key}")
    elif isinstance(detail, list):
        for index, below in enumerate(detail):
            nested = isinstance(below, Mapping)
            yield from _flaws(below, f"{pointer}/{index}" if nested else pointer)
    else:
        yield Flaw(pointer, str(detail))
