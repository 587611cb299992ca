"""API keys: made and shown once, rotated, revoked."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from identity.data import KeyInfo, NewKey
from identity.forms.keys import KeyForm, RotationForm
from identity.operations.access import require_second_factor
from identity.operations.keys import create_key, keep_within, revoke_key, rotate_key
from identity.queries.communities import tenant_by_id
from identity.queries.keys import as_info, key_info, keys_seen_by
from identity.queries.people import places_of
from identity.views.pages.common import actor, answer, credential, me, page_of, proven
from waddlebot.lib.errors import ConflictError, DomainError, NotFoundError

LIST = "identity/account/keys.html"
NEW = "identity/account/key_new.html"
SHOWN = "identity/account/key_shown.html"
ROTATE = "identity/account/key_rotate.html"
REVOKE = "identity/account/key_revoke.html"


class SentTwiceError(ConflictError):
    code = "sent_twice"

    def __init__(self) -> None:
        super().__init__(
            "This key was made already, and shown then. If you have lost it, rotate it."
        )


@require_GET
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    rows, pages = page_of(keys_seen_by(credential(request)), request)
    return answer(request, LIST, {"keys": [_one(as_info(row)) for row in rows], "pages": pages})


@require_http_methods(["GET", "POST"])
@proven
def new_key(request: HttpRequest) -> HttpResponse:
    asker = credential(request)
    form = KeyForm(
        request.POST or None,
        user_id=asker.user_id,
        is_staff=asker.is_staff,
        places=places_of(asker.user_id, only=None),
    )
    if not form.is_valid():
        return answer(request, NEW, {}, form=form)
    try:
        made = _make(request, form.cleaned_data)
    except DomainError as refusal:
        return answer(request, NEW, {}, form=form, refusal=refusal)
    return _shown(request, made)


@require_http_methods(["GET", "POST"])
@proven
def rotate_own_key(request: HttpRequest, key_id: str) -> HttpResponse:
    key = _mine(request, key_id)
    form = RotationForm(request.POST or None)
    if not form.is_valid():
        return answer(request, ROTATE, {"one": _one(key)}, form=form)
    try:
        require_second_factor(credential(request), key.community_id)
        made = rotate_key(pk=key.id, actor=actor(request), now=timezone.now(), **form.cleaned_data)
    except DomainError as refusal:
        return answer(request, ROTATE, {"one": _one(key)}, form=form, refusal=refusal)
    return _shown(request, made)


@require_http_methods(["GET", "POST"])
@login_required
def revoke_own_key(request: HttpRequest, key_id: str) -> HttpResponse:
    """Nothing is asked first but whether: a key that has leaked must end now."""
    key = _mine(request, key_id)
    if request.method == "GET":
        return answer(request, REVOKE, {"one": _one(key)})
    try:
        revoke_key(pk=key.id, actor=actor(request), now=timezone.now())
    except DomainError as refusal:
        return answer(request, REVOKE, {"one": _one(key)}, refusal=refusal)
    messages.success(request, f"The key {key.name} is revoked.")
    return redirect("account_keys")


def _make(request: HttpRequest, data: dict[str, Any]) -> NewKey:
    now = timezone.now()
    wish = {"scopes": data["scopes"], "community_id": data["community"]}
    keep_within(credential(request), **wish, platform="", allowed_ips=[])
    require_second_factor(credential(request), data["community"])
    try:
        return create_key(
            user_id=me(request),
            name=data["name"],
            expires_at=now + timedelta(days=data["days"]),
            key_id=data["once"],
            limited=True,
            actor=actor(request),
            now=now,
            **wish,
        )
    except IntegrityError:
        raise SentTwiceError from None


def _mine(request: HttpRequest, key_id: str) -> KeyInfo:
    row = keys_seen_by(credential(request)).filter(key_id=key_id).first()
    if row is None:
        raise NotFoundError
    return as_info(row)


def _one(key: KeyInfo) -> dict[str, Any]:
    now = timezone.now()
    return {
        "key": key,
        "state": key.state(now),
        "ends_soon": key.expires_soon(now),
        "place": tenant_by_id(key.community_id) if key.community_id else None,
    }


def _shown(request: HttpRequest, made: NewKey) -> HttpResponse:
    # The key is kept nowhere, so it is shown in this very answer, and never again.
    return render(request, SHOWN, {"one": _one(key_info(made.id)), "full": made.full})
