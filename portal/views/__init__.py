"""The pages of the portal."""

from typing import Any

from django.contrib import auth
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from identity import api as identity
from portal.queries import places_of
from waddlebot.lib.answers import refuse
from waddlebot.lib.errors import DomainError

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html", {"places": places_of(int(request.user.pk or 0))})


@require_http_methods(["GET", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows a button: link previews and virus scanners must not use the link up."""
    if request.method == "GET":
        return render(request, "portal/link.html")
    try:
        user_id = identity.consume_login_token(token, now=timezone.now(), ip=ip_of(request))
    except DomainError as refusal:
        return refuse(request, refusal)
    _let_in(request, get_user_model().objects.get(pk=user_id))
    return redirect("portal:home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("portal:sign-in")


def ip_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _let_in(request: HttpRequest, user: Any) -> None:
    auth.login(request, user, backend=BACKEND)
    # Django keeps the session's id when the same person signs in again.
    request.session.cycle_key()
