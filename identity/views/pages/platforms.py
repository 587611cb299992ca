"""Accounts on chat platforms: which are linked, and how another one is."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from identity.forms.platforms import CodeForm, LinkForm, title_of
from identity.models import LinkRequest
from identity.operations.link_proofs import verify
from identity.operations.link_requests import Asked, ask_link, cancel, resend
from identity.queries.links import links_seen_by, request_of
from identity.queries.people import places_of
from identity.views.pages.common import actor, address, answer, me, page_of, proven
from waddlebot.lib.errors import DomainError, NotFoundError

LIST = "identity/account/platforms.html"
ONE = "identity/account/platform.html"
CODE = "identity/account/platform_code.html"
UNLINK = "identity/account/platform_unlink.html"


@require_http_methods(["GET", "POST"])
@login_required
def platforms(request: HttpRequest) -> HttpResponse:
    form = LinkForm(request.POST or None)
    if not form.is_valid():
        return answer(request, LIST, _all(request), form=form)
    try:
        asked = ask_link(
            user_id=me(request),
            **form.cleaned_data,
            address=address(request),
            actor=actor(request),
            now=timezone.now(),
        )
    except DomainError as refusal:
        return answer(request, LIST, _all(request), form=form, refusal=refusal)
    return _asked(request, asked)


@require_GET
@login_required
def platform(request: HttpRequest, link: UUID) -> HttpResponse:
    return answer(request, ONE, _facts(request, link), form=CodeForm())


@require_POST
@login_required
def verify_platform(request: HttpRequest, link: UUID) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return answer(request, ONE, _facts(request, link), form=form)
    try:
        verify(
            user_id=me(request),
            link_id=_mine(request, link).pk,
            code=form.cleaned_data["code"],
            actor=actor(request),
            now=timezone.now(),
        )
    except DomainError as refusal:
        facts = _facts(request, link)
        return answer(request, ONE, facts, form=CodeForm(), refusal=refusal)
    return redirect("account_platform", link)


@require_POST
@login_required
def resend_platform_code(request: HttpRequest, link: UUID) -> HttpResponse:
    try:
        asked = resend(
            user_id=me(request),
            link_id=_mine(request, link).pk,
            address=address(request),
            actor=actor(request),
            now=timezone.now(),
        )
    except DomainError as refusal:
        facts = _facts(request, link)
        return answer(request, ONE, facts, form=CodeForm(), refusal=refusal)
    return _asked(request, asked)


@require_POST
@login_required
def cancel_platform(request: HttpRequest, link: UUID) -> HttpResponse:
    row = _mine(request, link)
    if row.link is not None:
        return redirect("account_platform_unlink", link)
    cancel(user_id=me(request), link_id=link, actor=actor(request), now=timezone.now())
    return redirect("account_platforms")


@require_http_methods(["GET", "POST"])
@proven
def unlink_platform(request: HttpRequest, link: UUID) -> HttpResponse:
    row = _mine(request, link)
    if row.link is None:
        raise NotFoundError
    one = _one(row)
    facts = {"one": one, "places": places_of(me(request), only=None)}
    if request.method == "GET":
        return answer(request, UNLINK, facts)
    try:
        cancel(user_id=me(request), link_id=link, actor=actor(request), now=timezone.now())
    except DomainError as refusal:
        return answer(request, UNLINK, facts, refusal=refusal)
    messages.success(request, f"{one['name']} on {one['title']} is linked to you no more.")
    return redirect("account_platforms")


def _mine(request: HttpRequest, link: UUID) -> LinkRequest:
    row = request_of(me(request), link)
    if row is None:
        raise NotFoundError
    return row


def _facts(request: HttpRequest, link: UUID) -> dict[str, Any]:
    return {"one": _one(_mine(request, link))}


def _all(request: HttpRequest) -> dict[str, Any]:
    rows, pages = page_of(links_seen_by(me(request), now=timezone.now()), request)
    return {
        "linked": [_one(row) for row in rows if row.link is not None],
        "waiting": [_one(row) for row in rows if row.link is None],
        "pages": pages,
    }


def _one(row: LinkRequest) -> dict[str, Any]:
    shown = row.link or row
    return {
        "id": row.pk,
        "title": title_of(row.platform),
        "name": shown.display_name or shown.platform_username,
        "state": row.state_at(timezone.now()),
        "row": row,
    }


def _asked(request: HttpRequest, asked: Asked) -> HttpResponse:
    if not asked.code:
        return redirect("account_platform", asked.request.pk)
    # The code is kept nowhere, so it is shown in this very answer, and never again.
    return render(request, CODE, {"one": _one(asked.request), "code": asked.code})
