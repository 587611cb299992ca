"""The pages of the portal."""

from http import HTTPStatus
from typing import Any

from django.contrib import auth
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from identity import api as identity
from portal.forms import SignInForm
from portal.operations import count_attempt, record_sign_in
from portal.queries import places_of
from waddlebot.lib.answers import refuse
from waddlebot.lib.errors import DomainError

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html", {"places": places_of(int(request.user.pk or 0))})


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST or None)
    if not form.is_valid():
        return _form_page(request, form)
    try:
        count_attempt(username=form.cleaned_data["username"], ip=ip_of(request))
    except DomainError as refusal:
        return refuse(request, refusal)
    user = auth.authenticate(request, **form.cleaned_data)
    record_sign_in(user_id=user.pk if user else None, ip=ip_of(request))
    if user is None:
        form.add_error(None, "That name and password do not fit together.")
        return _form_page(request, form)
    _let_in(request, user)
    return redirect(next_page(request))


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


def next_page(request: HttpRequest) -> str:
    """Return where somebody wanted to go, when it is one of our own pages."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if is_ours else reverse("portal:home")


def ip_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _form_page(request: HttpRequest, form: SignInForm) -> HttpResponse:
    status = HTTPStatus.OK if request.method == "GET" else HTTPStatus.BAD_REQUEST
    return render(request, "portal/sign-in.html", {"form": form}, status=status)


def _let_in(request: HttpRequest, user: Any) -> None:
    auth.login(request, user, backend=BACKEND)
    # Django keeps the session's id when the same person signs in again.
    request.session.cycle_key()
