"""The moderation rules of a community."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.operations.rules import add_rule, change_rule, remove_rule, trial_set
from core_router.queries.rules import rule_row, rule_rows, try_rules
from core_router.serializers import RuleSerializer, RuleTestSerializer, TrialSerializer
from identity.api import actor_of, credential_of, tenant_of
from identity.data import Scope
from waddlebot.lib.pagination import CursorPages


class RulesView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "POST": Scope.ROUTER_MANAGE,
    }
    pagination_class = CursorPages

    @extend_schema(operation_id="list_rules", responses=RuleSerializer(many=True))
    def get(self, request: Request, community: str) -> Response:
        pages = CursorPages()
        rows = pages.of(rule_rows(tenant_of(request).id), request)
        return pages.get_paginated_response(RuleSerializer(rows, many=True).data)

    @extend_schema(request=RuleSerializer, responses={201: RuleSerializer})
    def post(self, request: Request, community: str) -> Response:
        form = RuleSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = add_rule(
            community_id=tenant_of(request).id,
            wish=form.to_wish(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(RuleSerializer(row).data, status=201)


class RuleView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.ROUTER_READ,
        "PATCH": Scope.ROUTER_MANAGE,
        "DELETE": Scope.ROUTER_MANAGE,
    }

    @extend_schema(responses=RuleSerializer)
    def get(self, request: Request, community: str, rule_id: int) -> Response:
        row = rule_row(community_id=tenant_of(request).id, rule_id=rule_id)
        return Response(RuleSerializer(row).data)

    @extend_schema(request=RuleSerializer(partial=True), responses=RuleSerializer)
    def patch(self, request: Request, community: str, rule_id: int) -> Response:
        form = RuleSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        row = change_rule(
            community_id=tenant_of(request).id,
            rule_id=rule_id,
            changes=form.to_changes(),
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(RuleSerializer(row).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, community: str, rule_id: int) -> Response:
        remove_rule(
            community_id=tenant_of(request).id,
            rule_id=rule_id,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)


class RuleTestView(APIView):
    """Judges a text by the stored rules, or by the one that is sent along. Changes nothing."""

    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.ROUTER_MANAGE}
    idempotency = False
    # The text, as long as a message may be, and a rule.
    max_body = 2 * 64 * 1024

    @extend_schema(request=RuleTestSerializer, responses=TrialSerializer)
    def post(self, request: Request, community: str) -> Response:
        form = RuleTestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        rules = trial_set(community_id=tenant_of(request).id, wish=form.to_wish())
        trial = try_rules(form.validated_data["text"], rules)
        return Response(TrialSerializer(trial).data)
