"""Showing something on a community's overlays."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from browser_sources.operations import show
from browser_sources.serializers import ShownOutput, display_schema
from identity.api import tenant_of
from identity.data import Scope
from waddlebot.lib.errors import Flaw, InvalidError


class DisplayView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.BROWSER_WRITE}

    @extend_schema(
        operation_id="display",
        request={"application/json": display_schema()},
        responses={201: ShownOutput},
    )
    def post(self, request: Request, community: str) -> Response:
        """Show a ticker, media or general action. 429 `queue_full` when 100 wait already."""
        action = request.data
        if not isinstance(action, dict):
            raise InvalidError("Send one action.", errors=[Flaw("#", "Expected `object`")])
        is_test = action.get("test", False)
        if not isinstance(is_test, bool):
            raise InvalidError("This cannot be shown.", errors=[Flaw("#/test", "Expected `bool`")])
        shown = show(
            community_id=tenant_of(request).id, action=action, test=is_test, now=timezone.now()
        )
        answer = {"id": shown.id, "ids": shown.ids, "sources": shown.sources}
        return Response(answer, status=201)
