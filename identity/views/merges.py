"""Merging two accounts of one person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Credential, Scope
from identity.models import AccountMerge, User
from identity.operations.access import require_unbound
from identity.operations.audit import actor_of
from identity.operations.merging import (
    cancel_merge,
    confirm_merge,
    make_merge_code,
    preview_merge,
    undo_merge,
)
from identity.permissions import credential_of
from identity.queries.merges import merge_seen_by, merges_seen_by
from identity.serializers.merges import MergeCodeOutput, MergeInput, MergeOutput
from waddlebot.lib.errors import ForbiddenError, NotFoundError
from waddlebot.lib.pagination import CursorPages

INSTRUCTIONS = (
    "Sign in to the account that is to stay, and enter this code there. Everything of this "
    "account becomes that one's. Give the code to nobody: whoever has it takes this account over."
)


class SessionNeededError(ForbiddenError):
    code = "session_required"


class MergeCodesView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(
        operation_id="create_merge_code", request=None, responses={201: MergeCodeOutput}
    )
    def post(self, request: Request) -> Response:
        """Let the asker's account be absorbed by another one that is theirs."""
        credential = credential_of(request)
        if credential.kind != "session":
            # A key, which may have leaked, must not give away more than it can do.
            raise SessionNeededError("Sign in for this: no key gives an account away.")
        made = make_merge_code(
            user_id=credential.user_id,
            address=request.META.get("REMOTE_ADDR", ""),
            actor=actor_of(credential),
            now=timezone.now(),
        )
        answer = {"code": made.code, "expires_at": made.expires_at, "instructions": INSTRUCTIONS}
        return Response(answer, status=201)


class MergesView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "POST": Scope.IDENTITY_MANAGE,
    }

    @extend_schema(operation_id="list_merges", responses=MergeOutput(many=True))
    def get(self, request: Request) -> Response:
        """Accounts the asker's has absorbed, or may; for staff, all."""
        credential, now, pages = credential_of(request), timezone.now(), CursorPages()
        require_unbound(credential)
        rows = pages.of(merges_seen_by(credential), request)
        return pages.get_paginated_response([_merge(row, now) for row in rows])

    @extend_schema(operation_id="preview_merge", request=MergeInput, responses={201: MergeOutput})
    def post(self, request: Request) -> Response:
        """See what the asker's account would absorb. Nothing moves before it is confirmed."""
        credential, now = credential_of(request), timezone.now()
        require_unbound(credential)
        form = MergeInput(data=request.data)
        form.is_valid(raise_exception=True)
        merge = preview_merge(
            survivor_id=credential.user_id,
            actor=actor_of(credential),
            now=now,
            **form.validated_data,
        )
        return Response(_merge(merge, now), status=201)


class MergeView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "DELETE": Scope.IDENTITY_MANAGE,
    }

    @extend_schema(operation_id="read_merge", responses=MergeOutput)
    def get(self, request: Request, merge: str) -> Response:
        return Response(_merge(_seen(credential_of(request), merge), timezone.now()))

    @extend_schema(operation_id="cancel_merge", request=None, responses={204: OpenApiResponse()})
    def delete(self, request: Request, merge: str) -> Response:
        """Drop a preview. What is done is undone instead."""
        cancel_merge(merge_id=_seen(credential_of(request), merge).pk)
        return Response(status=204)


class ConfirmMergeView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="confirm_merge", request=None, responses=MergeOutput)
    def post(self, request: Request, merge: str) -> Response:
        """Make the two accounts one. 409 `merge_not_open` when the preview is too old."""
        credential, now = credential_of(request), timezone.now()
        found = _seen(credential, merge)
        if found.survivor_id != credential.user_id:
            raise NotFoundError
        done = confirm_merge(merge_id=found.pk, actor=actor_of(credential), now=now)
        return Response(_merge(done, now))


class UndoMergeView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="undo_merge", request=None, responses=MergeOutput)
    def post(self, request: Request, merge: str) -> Response:
        """Part the two again, within 30 days; what came since stays the survivor's."""
        credential, now = credential_of(request), timezone.now()
        found = _seen(credential, merge)
        undone = undo_merge(merge_id=found.pk, actor=actor_of(credential), now=now)
        return Response(_merge(undone, now))


def _seen(credential: Credential, merge_id: str) -> AccountMerge:
    require_unbound(credential)
    return merge_seen_by(credential, merge_id)


def _merge(merge: AccountMerge, now: datetime) -> dict[str, Any]:
    is_open = merge.state == AccountMerge.State.PREVIEW and now < merge.expires_at
    is_over = merge.state == AccountMerge.State.PREVIEW and not is_open
    return {
        "id": merge.pk,
        "state": "expired" if is_over else merge.state,
        "is_staged": merge.is_staged,
        "survivor": _person(merge.survivor),
        "absorbed": _person(merge.absorbed),
        "moves": merge.moves,
        "loses": _losses(merge.absorbed) if is_open else [],
        "created_at": merge.created_at,
        "expires_at": merge.expires_at,
        "done_at": merge.done_at,
        "undone_at": merge.undone_at,
    }


def _person(user: User) -> dict[str, str]:
    return {"id": user.public_id, "name": str(user)}


def _losses(absorbed: User) -> list[dict[str, str]]:
    name = str(absorbed)
    return [
        {
            "what": "sign_in",
            "detail": f"The password, e-mail addresses and second factors of {name} open nothing "
            "any more. Its linked accounts sign in to yours.",
        },
        {"what": "sessions", "detail": f"Whoever is signed in as {name} is signed out."},
        {"what": "requests", "detail": f"What is being linked to {name} must be asked for anew."},
    ]
