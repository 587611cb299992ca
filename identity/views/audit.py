"""The AAA log, for those it is about."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Credential, Scope
from identity.models import AuditEvent
from identity.operations import require
from identity.permissions import credential_of
from identity.queries import audit_events, tenant
from identity.serializers import AuditOutput
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.ids import moment_of
from waddlebot.lib.pagination import CursorPages


class AuditView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.COMMUNITY_MANAGE}

    @extend_schema(
        operation_id="read_audit_log",
        parameters=[OpenApiParameter("community", str, description="Its slug or id.")],
        responses=AuditOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """What was done and refused in a community, for its admins; without one, for staff."""
        pages = CursorPages()
        reference = request.query_params.get("community")
        rows = pages.of(_events(credential_of(request), reference), request)
        return pages.get_paginated_response([_event(row) for row in rows])


def _events(credential: Credential, reference: str | None) -> "QuerySet[AuditEvent]":
    community_id = credential.community_id
    if reference is not None:
        place = tenant(reference)
        if place is None:
            raise NotFoundError
        community_id = place.id
    if community_id is None:
        require(credential, Scope.ADMIN, None)
    else:
        require(credential, Scope.COMMUNITY_MANAGE, community_id)
    return audit_events(community_id)


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
