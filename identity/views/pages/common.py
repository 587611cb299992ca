"""What the pages of an account share."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from identity.authentication import SESSION_SCOPES
from identity.data import Credential
from waddlebot.lib.errors import DomainError
from waddlebot.lib.pagination import CursorPages
from waddlebot.lib.problems import problem_headers

View = Callable[..., HttpResponse]


def proven(view: View) -> View:
    """Ask who somebody is once more, when that was long ago.

    People who have neither a password nor a second factor have nothing to show, and go on.
    """
    again: View = login_required(reauthentication_required(view))
    return again


def me(request: HttpRequest) -> int:
    """Return who is signed in, behind `login_required`."""
    return int(request.user.pk or 0)


def credential(request: HttpRequest) -> Credential:
    """Return what pages go by: what is one's own, for staff too."""
    return Credential(
        kind="session",
        user_id=me(request),
        is_staff=bool(getattr(request.user, "is_staff", False)),
        scopes=SESSION_SCOPES,
    )


def actor(request: HttpRequest) -> str:
    return f"user:{me(request)}"


def address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def page_of(rows: "QuerySet[Any]", request: HttpRequest) -> tuple[list[Any], CursorPages]:
    """Return the rows of the page that the address names, and where its neighbours are."""
    pages = CursorPages()
    return pages.of(rows, Request(request)), pages


def answer(
    request: HttpRequest,
    template: str,
    facts: dict[str, Any],
    *,
    form: Form | None = None,
    refusal: DomainError | None = None,
) -> HttpResponse:
    """Show a page, with what was refused on top of its form when something was."""
    if refusal is None:
        return render(request, template, facts | {"form": form})
    response = render(
        request, template, facts | {"form": form, "refusal": refusal}, status=refusal.status
    )
    for name, value in problem_headers(refusal):
        response[name] = value
    return response
