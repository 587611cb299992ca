"""Somebody's data: a copy of all of it, and its end."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from identity.forms.data import ErasureForm
from identity.models import DataExport, Erasure
from identity.operations.erasing import cancel_erasure, request_erasure
from identity.operations.exporting import IN_WORK, request_export
from identity.queries.departures import owned_alone
from identity.queries.erasures import receipt_token, scheduled_erasure
from identity.queries.exports import download_token, exports_of
from identity.queries.people import MOST_SHOWN, ids_of
from identity.views.pages.common import actor, answer, me, page_of, proven
from waddlebot.lib.errors import DomainError

PAGE = "identity/account/data.html"
DELETE = "identity/account/data_delete.html"


@require_GET
@login_required
def data(request: HttpRequest) -> HttpResponse:
    return answer(request, PAGE, _facts(request))


@require_POST
@login_required
def ask_export(request: HttpRequest) -> HttpResponse:
    try:
        request_export(user_id=me(request), actor=actor(request), now=timezone.now())
    except DomainError as refusal:
        return answer(request, PAGE, _facts(request), refusal=refusal)
    return redirect("account_data")


@require_http_methods(["GET", "POST"])
@proven
def delete_account(request: HttpRequest) -> HttpResponse:
    if scheduled_erasure(me(request)):
        return redirect("account_data")
    form = ErasureForm(request.POST or None, username=request.user.get_username())
    closes = owned_alone(ids_of(me(request)))[:MOST_SHOWN]
    facts = {"days": settings.ERASURE_DAYS, "closes": closes}
    if not form.is_valid():
        return answer(request, DELETE, facts, form=form)
    try:
        request_erasure(user_id=me(request), actor=actor(request), now=timezone.now())
    except DomainError as refusal:
        return answer(request, DELETE, facts, form=form, refusal=refusal)
    return redirect("account_data")


@require_POST
@login_required
def keep_account(request: HttpRequest) -> HttpResponse:
    cancel_erasure(user_id=me(request), actor=actor(request), now=timezone.now())
    messages.success(request, "Your account stays.")
    return redirect("account_data")


def _facts(request: HttpRequest) -> dict[str, Any]:
    rows, pages = page_of(exports_of(me(request)), request)
    erasure = scheduled_erasure(me(request))
    return {
        "exports": [_export(row) for row in rows],
        "pages": pages,
        "is_in_work": any(row.state in IN_WORK for row in rows),
        "erasure": erasure,
        "receipt": _receipt(erasure),
    }


def _export(row: DataExport) -> dict[str, Any]:
    token = download_token(row, now=timezone.now())
    is_over = row.state == DataExport.State.DONE and token is None
    return {"row": row, "state": "expired" if is_over else row.state, "token": token}


def _receipt(erasure: Erasure | None) -> str:
    return receipt_token(erasure) if erasure else ""
