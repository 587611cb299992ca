"""Points: the leaderboard, somebody's history, and what events earn."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import DEFAULT_POINTS, Scope
from identity.models import Membership
from identity.operations import actor_of
from identity.operations.reputation import adjust_points, change_points
from identity.permissions import credential_of, tenant_of
from identity.queries.reputation import history_of, leaders, points_in, rank_of, seen_here
from identity.serializers.pages import Leaderboard
from identity.serializers.reputation import (
    AdjustmentInput,
    RankedOutput,
    ReputationOutput,
    ReputationQuery,
    RulesInput,
    RulesOutput,
)
from waddlebot.lib.errors import NotFoundError

DEFAULT_DAYS = 30


class LeaderboardView(APIView):
    pagination_class = Leaderboard
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_READ}

    @extend_schema(operation_id="list_reputation", responses=RankedOutput(many=True))
    def get(self, request: Request, community: str) -> Response:
        """Those with points, the most first. It goes forward only: `previous` is null."""
        pages = Leaderboard()
        rows = pages.of(leaders(tenant_of(request).id), request)
        return pages.get_paginated_response(
            [
                {"rank": rank, "user": _user(row), "points": row.reputation}
                for rank, row in enumerate(rows, start=pages.first_rank)
            ]
        )


class ReputationView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "POST": Scope.COMMUNITY_MANAGE,
    }

    @extend_schema(
        operation_id="read_reputation", parameters=[ReputationQuery], responses=ReputationOutput
    )
    def get(self, request: Request, community: str, user: str) -> Response:
        """What somebody earned here, and by what."""
        query = ReputationQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        row = _found(tenant_of(request).id, user)
        return Response(_reputation(row, query.validated_data["days"]))

    @extend_schema(
        operation_id="adjust_reputation", request=AdjustmentInput, responses=ReputationOutput
    )
    def post(self, request: Request, community: str, user: str) -> Response:
        """Give somebody points, or take some."""
        form = AdjustmentInput(data=request.data)
        form.is_valid(raise_exception=True)
        place = tenant_of(request)
        adjust_points(
            community_id=place.id,
            user_id=_found(place.id, user).user_id,
            points=form.validated_data["points"],
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(_reputation(_found(place.id, user), DEFAULT_DAYS))


class ReputationRulesView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.COMMUNITY_MANAGE,
        "PATCH": Scope.COMMUNITY_MANAGE,
    }

    @extend_schema(operation_id="read_reputation_rules", responses=RulesOutput)
    def get(self, request: Request, community: str) -> Response:
        """What an event of each message type earns; a cheer for each bit."""
        return Response(_rules(tenant_of(request).id))

    @extend_schema(
        operation_id="change_reputation_rules", request=RulesInput, responses=RulesOutput
    )
    def patch(self, request: Request, community: str) -> Response:
        """Set what message types earn, `{"chatMessage": 3}`; null goes back to the default."""
        form = RulesInput(data=request.data)
        form.is_valid(raise_exception=True)
        place = tenant_of(request)
        change_points(
            community_id=place.id,
            changes=form.validated_data,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(_rules(place.id))


def _found(community_id: int, public_id: str) -> Membership:
    row = seen_here(community_id=community_id, public_id=public_id)
    if row is None:
        raise NotFoundError
    return row


def _user(row: Membership) -> dict[str, str]:
    return {"id": row.user.public_id, "name": str(row.user)}


def _reputation(row: Membership, days: int) -> dict[str, Any]:
    return {
        "user": _user(row),
        "points": row.reputation,
        "rank": rank_of(row.community_id, row.reputation),
        "history": history_of(
            community_id=row.community_id,
            user_id=row.user_id,
            days=days,
            today=timezone.now().date(),
        ),
    }


def _rules(community_id: int) -> dict[str, dict[str, int]]:
    points = points_in(community_id)
    return {
        name: {"points": points[name], "default": default}
        for name, default in DEFAULT_POINTS.items()
    }
