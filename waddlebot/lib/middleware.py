"""What every request passes: its id, the door, its log line; and the pages' own chain."""

import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from waddlebot.lib import metrics
from waddlebot.lib.answers import WITH_SESSION, as_problem, refusal_for_page, refuse
from waddlebot.lib.errors import DomainError
from waddlebot.lib.idempotency import remember
from waddlebot.lib.logging import in_request, request_id_of
from waddlebot.lib.problems import LengthRequiredError, MalformedError
from waddlebot.lib.throttle import add_limit_headers

access = logging.getLogger("waddlebot.access")
logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], Any]

# For answers that are no pages: nothing may be loaded, nobody may frame them.
API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
# A line for each line of chat would cost more than its answer.
COUNTED_ONLY: Final = frozenset({"router/v1/events", "router/v1/events/batch"})
PROBED: Final = re.compile(r"/(\w+/)?health(/detailed)?|/metrics")
PAGE_POLICY: Final = "default-src 'self'; frame-ancestors 'none'"


class RequestMiddleware:
    """Gives the request its id, refuses what makes no sense, and says how it went."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = request_id_of(request.headers.get("x-request-id"))
        with in_request(request_id, address=request.META.get("REMOTE_ADDR", "")):
            response = self._answer(request)
            response["X-Request-Id"] = request_id
            _tell(request, response, time.perf_counter() - started)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        refusal = flaw_of(request)
        response = refuse(request, refusal) if refusal else self.get_response(request)
        if response.status_code >= 400:  # noqa: PLR2004
            response = as_problem(request, response)
        remember(request, response)
        add_limit_headers(request, response)
        is_html = response.get("Content-Type", "").startswith("text/html")
        policy = PAGE_POLICY if is_html else API_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Cache-Control", "no-store")
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def flaw_of(request: HttpRequest) -> DomainError | None:
    """Return what is wrong with a request before anybody looks at what it wants."""
    try:
        # A probe comes to the address of the machine, whatever the bot is called outside.
        if not PROBED.fullmatch(request.path_info):
            request.get_host()
    except DisallowedHost:
        return MalformedError("This host is not served here.")
    # PostgreSQL cannot hold a NUL, so no name and no search may have one.
    if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        return MalformedError("The address holds a NUL character.")
    if request.headers.get("transfer-encoding") and not request.headers.get("content-length"):
        return LengthRequiredError()
    return None


def _tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    match = request.resolver_match
    route = match.route if match else "unknown"
    app = (match.app_name if match else "") or "waddlebot"
    method, status = request.method or "", response.status_code
    metrics.request_done(app=app, route=route, method=method, status=status, seconds=seconds)
    if route in COUNTED_ONLY and status < 500:  # noqa: PLR2004
        return
    # The route, never the path: a path may hold a token.
    facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 2)}
    access.info("request", extra=facts)


class PagesMiddleware:
    """Sessions, CSRF, sign-in, messages and CSP, for pages alone: the API does without."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.pages = get_response
        self._hooks: list[Any] = []
        self._catchers: list[Any] = []
        for path in reversed(settings.PAGES_MIDDLEWARE):
            middleware = import_string(path)(self.pages)
            if hasattr(middleware, "process_view"):
                self._hooks.insert(0, middleware.process_view)
            if hasattr(middleware, "process_exception"):
                self._catchers.append(middleware.process_exception)
            self.pages = convert_exception_to_response(middleware)

    def __call__(self, request: HttpRequest) -> Any:
        return (self.pages if is_page(request) else self.get_response)(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Sequence[Any], named: dict[str, Any]
    ) -> Any:
        if not is_page(request):
            return None
        answers = (hook(request, view, arguments, named) for hook in self._hooks)
        return next((answer for answer in answers if answer is not None), None)

    def process_exception(self, request: HttpRequest, error: Exception) -> Any:
        if not is_page(request):
            return None
        answers = (catch(request, error) for catch in self._catchers)
        answer = next((answer for answer in answers if answer is not None), None)
        if answer is not None or (refusal := refusal_for_page(error)) is None:
            return answer
        if refusal is not error:
            logger.warning("A dependency is down", exc_info=error)
        return refuse(request, refusal)


def is_page(request: HttpRequest) -> bool:
    return request.path_info.startswith(WITH_SESSION)
