"""Collectors share entities out among themselves."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.claiming import claim
from core_router.operations.collectors import Caller
from core_router.operations.leases import heartbeat, release
from core_router.queries.leases import clock, lease_time, statistics
from core_router.serializers import coordination_schema as schema
from core_router.serializers.coordination import (
    BODY_BYTES,
    read_claim,
    read_heartbeat,
    read_release,
    told,
)
from identity.api import credential_of
from identity.data import Scope
from waddlebot.lib.errors import ForbiddenError
from waddlebot.lib.rest import BytesParser


class CoordinationView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.COORDINATION_WRITE}
    parser_classes = (BytesParser,)
    idempotency = False
    max_body = BODY_BYTES


class ClaimView(CoordinationView):
    @extend_schema(
        operation_id="claim_leases",
        request={"application/json": schema.CLAIM},
        responses=OpenApiResponse(schema.LEASES),
    )
    def post(self, request: Request) -> Response:
        """Ask for entities to listen to: live first, then by priority, within a fair share."""
        wish = read_claim(_body(request))
        caller = _caller(request, wish.collector_id)
        if caller.platform not in {None, wish.platform}:
            raise ForbiddenError(f"This key is for {caller.platform} only.")
        leases = claim(caller, platform=wish.platform, most=wish.max_claims, now=clock())
        return Response(told(leases))


class HeartbeatView(CoordinationView):
    @extend_schema(
        operation_id="renew_leases",
        request={"application/json": schema.HEARTBEAT},
        responses=OpenApiResponse(schema.LEASES),
    )
    def post(self, request: Request) -> Response:
        """Renew all leases, and hear which are left: stop listening to every other entity."""
        said = read_heartbeat(_body(request))
        caller = _caller(request, said.collector_id)
        return Response(told(heartbeat(caller, said.by_entity(), now=clock())))


class ReleaseView(CoordinationView):
    @extend_schema(
        operation_id="release_leases",
        request={"application/json": schema.RELEASE},
        responses=OpenApiResponse(schema.RELEASED),
    )
    def post(self, request: Request) -> Response:
        """Leave entities to others, or all of them when going."""
        wish = read_release(_body(request))
        count = release(_caller(request, wish.collector_id), wish.entities)
        return Response({"released": count})


class StatisticsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.COORDINATION_WRITE}

    @extend_schema(operation_id="coordination_stats", responses=OpenApiResponse(schema.STATISTICS))
    def get(self, request: Request) -> Response:
        """Count, for each platform, the entities in this key's reach and who shares them."""
        who = credential_of(request)
        platforms = statistics(who.community_id, who.platform, now=clock())
        return Response({"platforms": platforms, "lease_s": int(lease_time().total_seconds())})


def _caller(request: Request, name: str) -> Caller:
    who = credential_of(request)
    return Caller(name, who.community_id, who.platform)


def _body(request: Request) -> bytes:
    data: Any = request.data
    return data if isinstance(data, bytes) else b""
