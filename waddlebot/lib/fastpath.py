"""The busiest endpoints before Django: the same functions as the views, without the framework.

Django answers a small POST in 200 µs before any view has run; at a few thousand chat lines a
second that is most of the machine. `ROUTER_FAST_PATH=false` turns this off.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from waddlebot.lib import metrics
from waddlebot.lib.endpoints import Answer, Asked, Route
from waddlebot.lib.logging import in_request, request_id_of
from waddlebot.lib.problems import (
    Headers,
    InternalError,
    TooLargeError,
    UnsupportedMediaTypeError,
    problem_bytes,
    refusal_of,
)

logger = logging.getLogger(__name__)

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
Authenticate = Callable[..., Any]

STATUS: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


HSTS: Final = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
# What Django's middleware says with every answer of the API.
ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    *((("Strict-Transport-Security", HSTS),) if settings.HTTPS else ()),
)


class FastPath:
    """Answers POSTs to its routes itself and hands everything else on to `app`."""

    def __init__(
        self, app: Application, routes: Mapping[str, Route], authenticate: Authenticate
    ) -> None:
        self.app = app
        self.routes = routes
        self.authenticate = authenticate
        self.https = settings.HTTPS

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        route = self.routes.get(environ["PATH_INFO"])
        if route is None or self._is_djangos(environ, route):
            return self.app(environ, start_response)
        started = time.perf_counter()
        request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID"))
        with in_request(request_id, address=environ.get("REMOTE_ADDR", "")):
            answer = self._answer(environ, route)
        # Counted, and not logged: a line for each line of chat would cost more than its answer.
        metrics.request_done(
            app=route.app,
            route=environ["PATH_INFO"][1:],
            method="POST",
            status=answer.status,
            seconds=time.perf_counter() - started,
        )
        start_response(STATUS[answer.status], headers_of(answer, request_id))
        return [answer.body]

    def _is_djangos(self, environ: WSGIEnvironment, route: Route) -> bool:
        # Without a key it is a session's or nobody's; in the clear it is redirected.
        in_the_clear = self.https and environ.get("HTTP_X_FORWARDED_PROTO") != "https"
        is_nobodys = not (route.signed_by or _key(environ))
        return environ["REQUEST_METHOD"] != "POST" or in_the_clear or is_nobodys

    def _answer(self, environ: WSGIEnvironment, route: Route) -> Answer:
        try:
            if route.signed_by:
                signed = Asked(_body(environ, route.max_body), headers=route.headers_in(environ))
                return route.take(signed, now=timezone.now())
            credential = self.authenticate(_key(environ), ip=environ.get("REMOTE_ADDR", ""))
            body = _body(environ, route.max_body)
            refuse_other_types(environ.get("CONTENT_TYPE", ""), body)
            asked = Asked(body, environ.get("QUERY_STRING", ""), environ.get("HTTP_PREFER", ""))
            return route.take(credential, asked, now=timezone.now())
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError):
                # Nobody else looks after it here; a broken one would break the next request.
                connection.close()
            refusal = refusal_of(error)
            if refusal is None:
                logger.exception("An endpoint before Django failed")
                refusal = InternalError()
            status, headers, body = problem_bytes(refusal)
            return Answer(status, body, headers)


LENGTH: Final = re.compile("[0-9]{1,18}")


def headers_of(answer: Answer, request_id: str) -> Headers:
    headers = [
        *ALWAYS,
        ("X-Request-Id", request_id),
        ("Content-Length", str(len(answer.body))),
        *answer.headers,
    ]
    if answer.status < HTTPStatus.BAD_REQUEST:  # A problem names its own type.
        headers.append(("Content-Type", answer.content_type))
        headers.append(("Cache-Control", "no-store"))
    return headers


def refuse_other_types(content_type: str, body: bytes) -> None:
    if body and not content_type.lower().startswith("application/json"):
        raise UnsupportedMediaTypeError


def _key(environ: WSGIEnvironment) -> str:
    scheme, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    key: str = value.strip() if scheme.lower() == "bearer" else environ.get("HTTP_X_API_KEY", "")
    return key


def _body(environ: WSGIEnvironment, most: int) -> bytes:
    said = environ.get("CONTENT_LENGTH") or ""
    length = int(said) if LENGTH.fullmatch(said) else None
    if length is not None and length > most:
        raise TooLargeError
    if length is None and "HTTP_TRANSFER_ENCODING" not in environ:
        return b""
    read: Any = environ["wsgi.input"].read
    body: bytes = read(most + 1 if length is None else length)
    if len(body) > most:
        raise TooLargeError
    return body
