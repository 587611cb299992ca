"""The page OBS opens. It is served by the overlay origin alone, which has no cookies."""

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from browser_sources.operations import admit
from waddlebot.lib.errors import DomainError, UnavailableError
from waddlebot.lib.in_database import in_database

STATIC: Final = Path(__file__).parent.parent / "static" / "browser_sources"

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@require_safe
async def overlay_page(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    ip = request.META.get("REMOTE_ADDR") or "unknown"
    try:
        await in_database(admit, token=token, kind=kind, ip=ip, now=timezone.now())
    except DomainError as refusal:
        return _refused(refusal)
    except DatabaseError:
        return _refused(UnavailableError())
    return _page(kind)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _plain("Not found", 404)


def _page(kind: str) -> HttpResponse:
    nonce = secrets.token_urlsafe(16)
    # Whole or not at all: no second request that could fail in the middle of a stream.
    context = {
        "kind": kind,
        "nonce": nonce,
        "css": _file("overlay.css"),
        "js": _file("overlay.js"),
    }
    page = render_to_string("browser_sources/source.html", context)
    return HttpResponse(page, headers={**HEADERS, "Content-Security-Policy": _policy(nonce)})


def _policy(nonce: str) -> str:
    sockets = "ws" + settings.OVERLAY_URL.removeprefix("http")
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            f"connect-src 'self' {sockets}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {settings.PUBLIC_URL}",
        ]
    )


def _refused(refusal: DomainError) -> HttpResponse:
    answer = _plain(refusal.detail, refusal.status)
    for name, value in refusal.headers.items():
        answer[name] = value
    return answer


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain", headers=HEADERS)


@lru_cache
def _file(name: str) -> SafeString:
    return mark_safe((STATIC / name).read_text())  # noqa: S308 - ours
