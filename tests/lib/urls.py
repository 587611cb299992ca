"""Small views to try the frame on."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from redis import ConnectionError as RedisIsDownError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Scope
from identity.models import AuditEvent, Community
from waddlebot.lib.errors import ConflictError
from waddlebot.lib.pagination import CursorPages

FAULTS: dict[str, Exception] = {
    "conflict": ConflictError("It is there already."),
    "missing": Http404("secret table"),
    "forbidden": PermissionDenied("secret reason"),
    "database": OperationalError("secret host is down"),
    "redis": RedisIsDownError("secret host is down"),
    "bug": RuntimeError("secret text"),
}


TABLES: dict[str, QuerySet[Any]] = {
    "communities": Community.objects.all(),
    "audit": AuditEvent.objects.all(),
}


class EchoView(APIView):
    scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.ROUTER_READ}
    made = 0

    def post(self, request: Request) -> Response:
        EchoView.made += 1
        return Response({"got": request.data, "number": EchoView.made}, status=201)


class SmallView(EchoView):
    max_body = 10


class Form(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=5)
    parts = serializers.ListField(child=serializers.IntegerField(), required=False)


class FormView(EchoView):
    def post(self, request: Request) -> Response:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(form.validated_data, status=201)


class FaultView(APIView):
    public = True

    def get(self, request: Request, fault: str) -> Response:
        raise FAULTS[fault]


class ListView(APIView):
    public = True

    def get(self, request: Request, table: str) -> Response:
        pages = CursorPages()
        rows = pages.of(TABLES[table], request)
        return Response(pages.body([str(row.pk) for row in rows]))


def plain(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret text")


def down(request: HttpRequest) -> HttpResponse:
    raise OperationalError("secret host")


urlpatterns = [
    path("router/down", down),
    path("portal/down", down),
    path("router/echo", EchoView.as_view()),
    path("router/small", SmallView.as_view()),
    path("router/form", FormView.as_view()),
    path("router/fault/<str:fault>", FaultView.as_view()),
    path("router/list/<str:table>", ListView.as_view()),
    path("router/plain", plain),
    path("portal/plain", plain),
    path("", include("waddlebot.urls")),
]
handler400 = "waddlebot.lib.answers.bad_request"
handler403 = "waddlebot.lib.answers.forbidden"
handler404 = "waddlebot.lib.answers.not_found"
handler500 = "waddlebot.lib.answers.server_error"
