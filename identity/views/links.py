"""Linking platform accounts, for those whose they are."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Scope
from identity.models import LinkRequest
from identity.operations.audit import actor_of
from identity.operations.link_proofs import verify
from identity.operations.link_requests import Asked, ask_link, cancel, resend
from identity.permissions import credential_of
from identity.queries.links import links_seen_by, request_of, sign_in_url
from identity.serializers.links import (
    CodeInput,
    LinkInput,
    LinkOutput,
    NewLinkOutput,
)
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.pagination import CursorPages

INSTRUCTIONS: Final[Mapping[str, str]] = {
    "chat": (
        "Type !verify {asked.code} from the {row.platform} account to be linked, where WaddleBot "
        "reads along or in a message to it. It answers there; then type !confirm."
    ),
    "dm": (
        "A code is on its way to {row.platform_username} on {row.platform}, if there is such an "
        "account and it takes messages from WaddleBot. Type it here within 10 minutes."
    ),
    "oauth": "Open the page and choose {row.platform}; you will be asked to sign in there.",
}


class LinksView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "POST": Scope.IDENTITY_MANAGE,
    }

    @extend_schema(operation_id="list_links", responses=LinkOutput(many=True))
    def get(self, request: Request) -> Response:
        """The asker's linked accounts, and what they asked for and did not end yet."""
        pages = CursorPages()
        user_id = credential_of(request).user_id
        rows = pages.of(links_seen_by(user_id, now=timezone.now()), request)
        return pages.get_paginated_response([_link(row) for row in rows])

    @extend_schema(operation_id="ask_link", request=LinkInput, responses={201: NewLinkOutput})
    def post(self, request: Request) -> Response:
        """Ask to link an account. 429 `too_many_codes` after 5 codes in an hour or 20 in a day."""
        credential = credential_of(request)
        form = LinkInput(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        asked = ask_link(
            user_id=credential.user_id,
            platform=data["platform"],
            username=data.get("platform_username", ""),
            method=data["method"],
            address=request.META.get("REMOTE_ADDR", ""),
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(_asked(asked), status=201)


class LinkView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "DELETE": Scope.IDENTITY_MANAGE,
    }

    @extend_schema(operation_id="read_link", responses=LinkOutput)
    def get(self, request: Request, link_id: str) -> Response:
        """How far it has come: of a code sent by `dm`, whether it arrived."""
        row = request_of(credential_of(request).user_id, _uuid(link_id))
        if row is None:
            raise NotFoundError
        return Response(_link(row))

    @extend_schema(operation_id="remove_link", request=None, responses={204: OpenApiResponse()})
    def delete(self, request: Request, link_id: str) -> Response:
        """Cancel a request or unlink an account; 409 `last_login_method` for the last way in."""
        credential = credential_of(request)
        cancel(
            user_id=credential.user_id,
            link_id=_uuid(link_id),
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(status=204)


class VerifyLinkView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(
        operation_id="verify_link",
        request=CodeInput,
        responses={200: LinkOutput, 410: OpenApiResponse(description="`code_expired`.")},
    )
    def post(self, request: Request, link_id: str) -> Response:
        """Type back a code that was sent by `dm`. Five wrong ones burn it.

        400 `code_invalid`, 410 `code_expired`, 429 `too_many_attempts`.
        """
        credential = credential_of(request)
        form = CodeInput(data=request.data)
        form.is_valid(raise_exception=True)
        step = verify(
            user_id=credential.user_id,
            link_id=_uuid(link_id),
            code=form.validated_data["code"],
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(_link(LinkRequest.objects.select_related("link").get(pk=step.link_id)))


class ResendLinkView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(
        operation_id="resend_link_code",
        request=None,
        responses={200: NewLinkOutput, 410: OpenApiResponse(description="`code_expired`.")},
    )
    def post(self, request: Request, link_id: str) -> Response:
        """Make a new code, which ends the old one. 429 `resend_too_soon` within a minute."""
        credential = credential_of(request)
        asked = resend(
            user_id=credential.user_id,
            link_id=_uuid(link_id),
            address=request.META.get("REMOTE_ADDR", ""),
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(_asked(asked))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError from None


def _link(row: LinkRequest) -> dict[str, Any]:
    shown = row.link or row
    return {
        "link_id": row.pk,
        "platform": row.platform,
        "platform_username": shown.platform_username or None,
        "display_name": shown.display_name or None,
        "state": row.state_at(timezone.now()),
        "method": row.method,
        "delivery": row.delivery or None,
        "delivery_detail": row.delivery_detail or None,
        "created_at": row.created_at,
        "expires_at": None if row.link else row.expires_at,
        "verified_at": row.link.verified_at if row.link else None,
    }


def _asked(asked: Asked) -> dict[str, Any]:
    row = asked.request
    shown = _link(row) | {"instructions": INSTRUCTIONS[row.method].format(row=row, asked=asked)}
    if asked.code:
        shown["code"] = asked.code
    if row.method == LinkRequest.Method.OAUTH:
        shown["authorize_url"] = sign_in_url(row.platform)
    return shown
