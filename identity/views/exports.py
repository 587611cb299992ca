"""Exports of all that is kept about somebody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Scope
from identity.models import DataExport
from identity.operations.access import require_unbound
from identity.operations.audit import actor_of
from identity.operations.exporting import note_download, request_export
from identity.permissions import credential_of
from identity.queries.exports import (
    download_token,
    export_by_token,
    export_of,
    exports_of,
    zip_of,
)
from identity.serializers.lives import ExportOutput
from waddlebot.lib.openapi import ProblemSerializer
from waddlebot.lib.pagination import CursorPages


class ExportView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="request_export", request=None, responses={202: ExportOutput})
    def post(self, request: Request) -> Response:
        """Gather all that is kept about the asker. At most three a day, one at a time."""
        credential, now = credential_of(request), timezone.now()
        require_unbound(credential)
        export = request_export(user_id=credential.user_id, actor=actor_of(credential), now=now)
        return Response(_export(export, now), status=202)


class ExportsView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="list_exports", responses=ExportOutput(many=True))
    def get(self, request: Request) -> Response:
        """The asker's exports of the last 30 days."""
        credential, now, pages = credential_of(request), timezone.now(), CursorPages()
        require_unbound(credential)
        rows = pages.of(exports_of(credential.user_id), request)
        return pages.get_paginated_response([_export(row, now) for row in rows])


class OneExportView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="read_export", responses=ExportOutput)
    def get(self, request: Request, export: str) -> Response:
        """How far an export is, and its link when it is done."""
        credential = credential_of(request)
        require_unbound(credential)
        return Response(_export(export_of(credential.user_id, export), timezone.now()))


class ArchiveView(APIView):
    """Whoever has the link has the zip: it is made for one person, and for a day."""

    public = True
    authentication_classes = []

    @extend_schema(
        operation_id="download_export",
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            404: OpenApiResponse(ProblemSerializer, description="Unknown, forged or expired."),
            429: OpenApiResponse(ProblemSerializer, description="Fetched too often."),
        },
    )
    def get(self, request: Request, token: str) -> StreamingHttpResponse:
        """Fetch the zip of an export."""
        now = timezone.now()
        export = export_by_token(token, now=now)
        pieces = zip_of(export)
        note_download(export, now=now)
        name = f"waddlebot-{export.created_at:%Y-%m-%d}.zip"
        return StreamingHttpResponse(
            pieces,
            content_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Content-Length": str(export.size),
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _export(export: DataExport, now: datetime) -> dict[str, Any]:
    token = download_token(export, now=now)
    is_over = export.state == DataExport.State.DONE and token is None
    return {
        "id": export.pk,
        "state": "expired" if is_over else export.state,
        "progress": {"done": export.tables_done, "total": export.tables_total},
        "error": export.error or None,
        "size": export.size or None,
        "created_at": export.created_at,
        "finished_at": export.finished_at,
        "expires_at": export.expires_at,
        "download_url": token and settings.PUBLIC_URL + reverse("identity:archive", args=[token]),
    }
