"""What belongs to the whole house: health, metrics, the API's description."""

import ipaddress
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import credential_of, require
from identity.data import Scope
from waddlebot.lib import health, metrics, wire
from waddlebot.lib.errors import ForbiddenError


class IsInternalOrAdmin(BasePermission):
    """Those in `INTERNAL_NETWORKS`, and keys with the scope `admin`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if is_internal(request):
            return True
        if request.auth is None:
            raise ForbiddenError("This is for the inside.")
        require(credential_of(request), Scope.ADMIN, None)
        return True


def is_internal(request: Request) -> bool:
    # Behind a proxy on this machine the whole world would come from loopback.
    if {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"} & request.META.keys():
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in settings.INTERNAL_NETWORKS)


@extend_schema(exclude=True)
class HealthView(APIView):
    """Always cheap; touches nothing."""

    public = True
    authentication_classes = []
    permission_classes = []
    module = "waddlebot"

    def get(self, request: Request) -> Response:
        return Response({"status": "ok", "module": self.module, "version": settings.VERSION})


@extend_schema(exclude=True)
class DetailedHealthView(APIView):
    permission_classes = [IsInternalOrAdmin]
    module = "waddlebot"

    def get(self, request: Request) -> Response:
        status, checks = health.report()
        facts = {"status": status, "module": self.module, "version": settings.VERSION}
        return Response(facts | {"checks": checks}, status=503 if status == "down" else 200)


@extend_schema(exclude=True)
class MetricsView(APIView):
    permission_classes = [IsInternalOrAdmin]

    def get(self, request: Request) -> HttpResponse:
        page = metrics.exposition(connections=_connections())
        return HttpResponse(page, content_type=CONTENT_TYPE_LATEST)


def _connections() -> int | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            )
            return int(cursor.fetchone()[0])
    except Error:
        return None


@lru_cache(maxsize=1)
def schema_bytes() -> bytes:
    """Return the OpenAPI document; the code does not change while it runs."""
    return wire.encode(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@extend_schema(exclude=True)
class SchemaView(APIView):
    public = True
    authentication_classes = []
    permission_classes = []

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(schema_bytes(), content_type="application/json")


def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "docs.html")
