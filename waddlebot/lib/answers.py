"""Error answers outside DRF: problems for programs, pages for people."""

import sys
from http.client import SERVICE_UNAVAILABLE
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from waddlebot.lib.errors import DomainError
from waddlebot.lib.problems import (
    CsrfError,
    RateLimitedError,
    problem_headers,
    problem_response,
    refusal_for,
    refusal_of,
)

PAGES: Final = ("/portal", "/admin", "/docs", "/identity/account/")
# Answers JSON, and yet goes by the session of a browser as pages do.
WITH_SESSION: Final = (*PAGES, "/identity/auth/")
API: Final = ("/router", "/marketplace", "/identity", "/labels", "/browser", "/health", "/metrics")
TITLES: Final = {
    400: "That did not make sense",
    403: "You may not go here",
    404: "Page not found",
    409: "That does not go together",
    410: "This link is used up",
    429: "Too fast",
    503: "Back in a moment",
}


def wants_page(request: HttpRequest) -> bool:
    if request.path_info.startswith(PAGES):
        return True
    accepted = request.headers.get("accept", "")
    return not request.path_info.startswith(API) and "text/html" in accepted


def as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return Django's own error answer as a problem, unless a person is to read it."""
    is_ours = response.get("Content-Type", "").startswith("application/")
    if is_ours or wants_page(request):
        return response
    return problem_response(refusal_for(response.status_code, allow=response.get("Allow", "")))


def refuse(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer with a refusal, as a page or as a problem."""
    if not wants_page(request):
        return problem_response(error)
    response = page(request, error.status, error.detail)
    for name, value in problem_headers(error):
        response[name] = value
    return response


def page(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    # No context processor runs: what broke may be what they need.
    facts = {
        "status": status,
        "title": TITLES.get(status, "Something went wrong"),
        "detail": detail,
    }
    return HttpResponse(render_to_string("error.html", facts), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 403, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, sys.exception())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refuse(request, CsrfError("The form was too old, or came from elsewhere. Try again."))


def too_fast(request: HttpRequest) -> HttpResponse:
    return refuse(request, RateLimitedError("Too many tries. Wait a while.", retry_after_s=60))


def refusal_for_page(error: BaseException | None) -> DomainError | None:
    """Return what a person is told about `error`, when Django does not know it by itself."""
    known = None if error is None else refusal_of(error)
    is_ours = isinstance(error, DomainError)
    return known if known and (is_ours or known.status == SERVICE_UNAVAILABLE) else None


def _answer(request: HttpRequest, status: int, error: Any) -> HttpResponse:
    return refuse(request, refusal_for_page(error) or refusal_for(status))
