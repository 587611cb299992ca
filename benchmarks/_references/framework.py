"""An authenticated DRF + msgspec view: `/redis` one Lua call, `/insert` a raw INSERT too."""

import os
from collections.abc import Mapping
from types import SimpleNamespace
from typing import IO, Any, cast

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks._references.settings"

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks._references import work


class Authentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, str]:
        if not work.is_known(request.headers.get("authorization", "")):
            raise AuthenticationFailed
        return SimpleNamespace(is_authenticated=True), "key"


class Parser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return work.decoder.decode(stream.read())


class Renderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return work.encode(data)


class EventView(APIView):
    authentication_classes = (Authentication,)
    permission_classes = (IsAuthenticated,)
    parser_classes = (Parser,)
    renderer_classes = (Renderer,)
    writes = False

    def post(self, request: Request) -> Response:
        event = cast("work.Event", request.data)
        found = work.ask_redis(event)
        if self.writes:
            with connection.cursor() as cursor:
                cursor.execute(work.INSERT, work.row_of(event, *found))
        return Response(work.answer_of(event, *found))


urlpatterns = [
    path("redis", EventView.as_view()),
    path("insert", EventView.as_view(writes=True)),
]
application = get_wsgi_application()
