"""Counts the requests of a key. The answer's headers are set from what is remembered here."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from waddlebot.lib.limits import MINUTE_S, hit, key_counter_name, limit_headers
from waddlebot.lib.problems import Headers, RateLimitedError

DEFAULT_PER_MINUTE: Final = 6000
HEADERS: Final = "waddlebot.limits"


def count_request(caller: Any) -> Headers:
    """Count a request of an endpoint that Django does not throttle; return what to say of it."""
    verdict = hit(key_counter_name(caller), caller.requests_per_minute)
    if not verdict.allowed:
        raise RateLimitedError(retry_after_s=verdict.reset_s)
    return [*limit_headers(verdict, count=caller.requests_per_minute).items()]


class KeyThrottle(BaseThrottle):
    """DRF asks it after authentication and permission; `request.auth` is the credential."""

    def allow_request(self, request: Request, view: Any) -> bool:
        caller: Any = request.auth
        if caller is None:
            return True
        count = getattr(caller, "requests_per_minute", DEFAULT_PER_MINUTE)
        verdict = hit(key_counter_name(caller), count, MINUTE_S)
        request.META[HEADERS] = limit_headers(verdict, count=count)
        if not verdict.allowed:
            raise RateLimitedError(retry_after_s=verdict.reset_s)
        return True


def add_limit_headers(request: HttpRequest, response: HttpResponse) -> None:
    for name, value in request.META.get(HEADERS, {}).items():
        response[name] = value
