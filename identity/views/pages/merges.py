"""Two accounts of one person: looked at, made one, and parted again."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from identity.forms.platforms import CodeForm
from identity.models import AccountMerge
from identity.operations.merging import (
    cancel_merge,
    confirm_merge,
    make_merge_code,
    preview_merge,
    undo_merge,
)
from identity.queries.merges import merge_seen_by, merges_seen_by
from identity.views.pages.common import actor, address, answer, credential, me, page_of, proven
from waddlebot.lib.errors import DomainError, NotFoundError

LIST = "identity/account/merges.html"
ONE = "identity/account/merge.html"
CODE = "identity/account/merge_code.html"


@require_http_methods(["GET", "POST"])
@login_required
def merges(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if not form.is_valid():
        return answer(request, LIST, _all(request), form=form)
    try:
        merge = preview_merge(
            survivor_id=me(request),
            code=form.cleaned_data["code"],
            actor=actor(request),
            now=timezone.now(),
        )
    except DomainError as refusal:
        return answer(request, LIST, _all(request), form=CodeForm(), refusal=refusal)
    return redirect("account_merge", merge.pk)


@require_POST
@proven
def merge_code(request: HttpRequest) -> HttpResponse:
    try:
        made = make_merge_code(
            user_id=me(request),
            address=address(request),
            actor=actor(request),
            now=timezone.now(),
        )
    except DomainError as refusal:
        return answer(request, LIST, _all(request), form=CodeForm(), refusal=refusal)
    # The code is kept nowhere, so it is shown in this very answer, and never again.
    return render(request, CODE, {"made": made})


@require_GET
@login_required
def merge(request: HttpRequest, merge: UUID) -> HttpResponse:
    return answer(request, ONE, {"one": _one(_mine(request, merge))})


@require_POST
@proven
def confirm_own_merge(request: HttpRequest, merge: UUID) -> HttpResponse:
    row = _mine(request, merge)
    if row.survivor_id != me(request):
        raise NotFoundError
    try:
        confirm_merge(merge_id=merge, actor=actor(request), now=timezone.now())
    except DomainError as refusal:
        return answer(request, ONE, {"one": _one(_mine(request, merge))}, refusal=refusal)
    return redirect("account_merge", merge)


@require_POST
@proven
def undo_own_merge(request: HttpRequest, merge: UUID) -> HttpResponse:
    row = _mine(request, merge)
    try:
        undo_merge(merge_id=row.pk, actor=actor(request), now=timezone.now())
    except DomainError as refusal:
        return answer(request, ONE, {"one": _one(_mine(request, merge))}, refusal=refusal)
    return redirect("account_merge", merge)


@require_POST
@login_required
def cancel_own_merge(request: HttpRequest, merge: UUID) -> HttpResponse:
    row = _mine(request, merge)
    try:
        cancel_merge(merge_id=row.pk)
    except DomainError as refusal:
        return answer(request, ONE, {"one": _one(_mine(request, merge))}, refusal=refusal)
    return redirect("account_merges")


def _mine(request: HttpRequest, merge: UUID) -> AccountMerge:
    return merge_seen_by(credential(request), str(merge))


def _all(request: HttpRequest) -> dict[str, Any]:
    rows, pages = page_of(merges_seen_by(credential(request)), request)
    return {"merges": [_one(row) for row in rows], "pages": pages}


def _one(row: AccountMerge) -> dict[str, Any]:
    is_past = row.expires_at <= timezone.now()
    is_over = row.state == AccountMerge.State.PREVIEW and is_past
    return {
        "row": row,
        "state": "expired" if is_over else row.state,
        "can_be_undone": row.state == AccountMerge.State.DONE and not is_past,
        "moves": [move | {"name": _words(move["table"])} for move in row.moves],
    }


def _words(table: str) -> str:
    return str(table).partition(".")[0].replace("_", " ")
