"""The AAA log, for those it is about."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Credential, Scope
from identity.models import AuditEvent
from identity.operations.access import require, require_unbound
from identity.permissions import credential_of
from identity.queries.audit import AuditFilter, audit_events, events_about, words_for
from identity.queries.audit_table import last_of_table, table_of
from identity.queries.communities import tenant
from identity.queries.traces import without_others
from identity.serializers.audit import AuditOutput, AuditQuery
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.ids import moment_of
from waddlebot.lib.pagination import Cursor, CursorPages, cursor_of, link

COMMUNITY = OpenApiParameter("community", str, description="Its slug or id.")
CURSOR = OpenApiParameter("cursor", str, description="Where the one before it ended.")


class AuditView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.COMMUNITY_MANAGE}

    @extend_schema(
        operation_id="read_audit_log",
        parameters=[COMMUNITY, AuditQuery],
        responses=AuditOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """What was done and refused in a community, for its admins; without one, for staff."""
        pages = CursorPages()
        rows = pages.of(_events(request), request)
        return pages.get_paginated_response([_event(row) for row in rows])


class AuditTableView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.COMMUNITY_MANAGE}

    @extend_schema(
        operation_id="download_audit_log",
        parameters=[COMMUNITY, AuditQuery, CURSOR],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same as CSV: at most 100,000 rows; the header `Link` names where the rest is."""
        events = _events(request)
        cursor = cursor_of(request, AuditEvent._meta.pk)  # noqa: SLF001 - as in CursorPages
        if cursor is not None:
            events = events.filter(pk__lt=cursor.key)
        last = last_of_table(events)
        response = StreamingHttpResponse(
            table_of(events),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
        )
        if last is not None:
            following = link(request, str(Cursor(last, backwards=False)))
            response["Link"] = f'<{following}>; rel="next"'
        return response


class OwnAuditView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_READ}

    @extend_schema(
        operation_id="read_own_audit_log",
        parameters=[AuditQuery],
        responses=AuditOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """What the asker and their keys did, and what was done to them: sign-ins, for one.

        Who else did something, and from where, is not told.
        """
        credential = credential_of(request)
        require_unbound(credential)
        pages, words = CursorPages(), words_for(credential.user_id)
        rows = pages.of(events_about(credential.user_id, _filter(request)), request)
        return pages.get_paginated_response([without_others(_event(row), words) for row in rows])


def _events(request: Request) -> "QuerySet[AuditEvent]":
    community_id = _place(credential_of(request), request.query_params.get("community"))
    return audit_events(community_id, _filter(request))


def _place(credential: Credential, reference: str | None) -> int | None:
    """Return whose log it is, None for all. Raises unless the asker may read that."""
    community_id = credential.community_id
    if reference is not None:
        place = tenant(reference)
        if place is None:
            raise NotFoundError
        community_id = place.id
    scope = Scope.ADMIN if community_id is None else Scope.COMMUNITY_MANAGE
    require(credential, scope, community_id)
    return community_id


def _filter(request: Request) -> AuditFilter:
    form = AuditQuery(data=request.query_params)
    form.is_valid(raise_exception=True)
    return form.to_filter()


def _event(row: AuditEvent) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": moment_of(row.pk),
        "category": row.category,
        "action": row.action,
        "outcome": row.outcome,
        "actor": row.actor,
        "community_id": row.community_id,
        "target": row.target,
        "ip": row.ip,
        "request_id": row.request_id,
        "details": row.details,
    }
