"""Tokens that a community lends."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Scope
from identity.operations import actor_of
from identity.operations.access import require_second_factor
from identity.operations.lent_tokens import lend, take_back
from identity.permissions import credential_of, tenant_of
from identity.queries.lent_tokens import tokens_of
from identity.serializers.lent_tokens import LentTokenInput, LentTokenOutput
from waddlebot.lib.pagination import CursorPages


class LentTokensView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.COMMUNITY_MANAGE,
        "POST": Scope.COMMUNITY_MANAGE,
    }

    @extend_schema(operation_id="list_platform_tokens", responses=LentTokenOutput(many=True))
    def get(self, request: Request, community: str) -> Response:
        """The accounts whose leave the bot has. What it was given is shown to nobody."""
        pages = CursorPages()
        rows = pages.of(tokens_of(tenant_of(request).id), request)
        return pages.get_paginated_response(LentTokenOutput(rows, many=True).data)

    @extend_schema(
        operation_id="lend_platform_token",
        request=LentTokenInput,
        responses={200: LentTokenOutput, 201: LentTokenOutput},
    )
    def post(self, request: Request, community: str) -> Response:
        """Lend the bot a token, for what its own may not do: roles on Twitch and on Slack.

        The platform is asked whose it is; 400 `token_refused` when it does not know it. Another
        one of the same account takes the place of the former, and the answer is 200.
        """
        form = LentTokenInput(data=request.data)
        form.is_valid(raise_exception=True)
        place, credential = tenant_of(request), credential_of(request)
        require_second_factor(credential, place.id)
        row, is_new = lend(
            community_id=place.id,
            platform=form.validated_data["platform"],
            access=form.validated_data["access_token"],
            refresh=form.validated_data.get("refresh_token", ""),
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(LentTokenOutput(row).data, status=201 if is_new else 200)


class LentTokenView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.COMMUNITY_MANAGE}

    @extend_schema(
        operation_id="take_back_platform_token", request=None, responses={204: OpenApiResponse()}
    )
    def delete(self, request: Request, community: str, token: int) -> Response:
        take_back(
            community_id=tenant_of(request).id,
            token_id=token,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)
