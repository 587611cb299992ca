"""Endpoints that wait, on :8027: before Django, which would hold a thread for each request.

They answer as those of :8000 do: the same headers, every refusal a problem.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from waddlebot.lib import metrics
from waddlebot.lib.endpoints import Answer
from waddlebot.lib.fastpath import headers_of, refuse_other_types
from waddlebot.lib.logging import in_request, request_id_of
from waddlebot.lib.problems import (
    InternalError,
    MalformedError,
    MethodNotAllowedError,
    TooLargeError,
    problem_bytes,
    refusal_of,
)
from waddlebot.lib.wire import MAX_BODY

access = logging.getLogger("waddlebot.access")
logger = logging.getLogger(__name__)

App = Callable[[Any, Any, Any], Awaitable[None]]


class GoneError(Exception):
    """Whoever asked has hung up."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in. `place` is what stands in the path where the route has a name."""

    place: str
    query: str
    headers: Mapping[str, str]
    address: str
    body: bytes = b""

    @property
    def key(self) -> str:
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.lower() == "bearer" else self.headers.get("x-api-key", "")


@dataclass(frozen=True, slots=True)
class Route:
    """`take` answers `method` where `pattern` matches the path; `name` is its name in the log."""

    app: str
    name: str
    method: str
    pattern: re.Pattern[str]
    take: Callable[[Asked], Awaitable[Answer]]


class WaitPath:
    """Answers its routes itself and hands everything else on to `app`."""

    def __init__(self, app: App, routes: Sequence[Route]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        for route in self.routes:
            if match := route.pattern.fullmatch(scope["path"]):
                await _serve(route, match[1], scope, receive, send)
                return
        await self.app(scope, receive, send)


async def _serve(route: Route, place: str, scope: Any, receive: Any, send: Any) -> None:
    started = time.perf_counter()
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    request_id = request_id_of(headers.get("x-request-id"))
    address = (scope.get("client") or ("",))[0]
    asked = Asked(place, scope["query_string"].decode("latin-1"), headers, address)
    with in_request(request_id, address=address):
        try:
            answer = await _answer(route, asked, scope, receive)
        except GoneError:
            return
        seconds = time.perf_counter() - started
        facts = {"route": route.name, "method": scope["method"], "status": answer.status}
        metrics.request_done(app=route.app, **facts, seconds=seconds)
        access.info("request", extra=facts | {"ms": round(seconds * 1000, 2)})
    await _send(answer, request_id, send)


async def _answer(route: Route, asked: Asked, scope: Any, receive: Any) -> Answer:
    try:
        _refuse_nonsense(route, asked, scope)
        whole = replace(asked, body=await _body(receive))
        refuse_other_types(asked.headers.get("content-type", ""), whole.body)
        return await _unless_gone(route.take(whole), receive)
    except GoneError:
        raise
    except Exception as error:
        if (refusal := refusal_of(error)) is None:
            logger.exception("An endpoint that waits failed")
            refusal = InternalError()
        status, named, problem = problem_bytes(refusal)
        return Answer(status, problem, named)


async def _unless_gone(answering: Awaitable[Answer], receive: Any) -> Answer:
    """Return the answer, or raise GoneError as soon as nobody waits for it any more."""
    answer = asyncio.ensure_future(answering)
    hang_up = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({answer, hang_up}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise GoneError
        return answer.result()
    finally:
        for task in (answer, hang_up):
            task.cancel()
        await asyncio.gather(answer, hang_up, return_exceptions=True)


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise TooLargeError
        more = message.get("more_body", False)
    return body


def _refuse_nonsense(route: Route, asked: Asked, scope: Any) -> None:
    domain, _ = split_domain_port(asked.headers.get("host", ""))
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        raise MalformedError("This host is not served here.")
    if "\0" in scope["path"] or "%00" in asked.query:
        raise MalformedError("The address holds a NUL character.")
    if scope["method"] != route.method:
        raise MethodNotAllowedError(route.method)


async def _send(answer: Answer, request_id: str, send: Any) -> None:
    named = headers_of(answer, request_id)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
