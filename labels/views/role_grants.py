"""What role rules would do, are to do now, and have done."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of
from identity.data import Scope
from labels.operations.roles import checked_rule, preview_of, sync_rule
from labels.queries.role_rules import grants_of_rule, rule_row
from labels.serializers.role_rules import (
    STATES,
    RoleGrantOutput,
    RolePreviewOutput,
    RoleRuleInput,
    RoleRuleOutput,
    grant_body,
)
from labels.views.common import choice_in
from labels.views.groups import managed
from labels.views.role_rules import managed_rule, rule_body, wished
from waddlebot.lib.pagination import CursorPages


class RolePreviewView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}

    @extend_schema(
        operation_id="preview_role_rule", request=RoleRuleInput, responses=RolePreviewOutput
    )
    def post(self, request: Request, group_id: int) -> Response:
        """Tell what a rule would do, and do nothing."""
        group, _, wish = wished(request, group_id)
        return Response(preview_of(checked_rule(group, wish), now=timezone.now()))


class RoleSyncView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}

    @extend_schema(operation_id="sync_role_rule", request=None, responses={202: RoleRuleOutput})
    def post(self, request: Request, group_id: int, rule_id: int) -> Response:
        """Look at everybody at once, and try again what the platform has refused."""
        rule, place = managed_rule(request, group_id, rule_id)
        sync_rule(rule, actor=actor_of(credential_of(request)), now=timezone.now())
        return Response(rule_body(rule, place), status=202)


class RoleGrantsView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(
        operation_id="list_role_grants",
        parameters=[OpenApiParameter("state", str, enum=STATES)],
        responses=RoleGrantOutput(many=True),
    )
    def get(self, request: Request, group_id: int, rule_id: int) -> Response:
        """What became of each account: who has the role by this rule, and why others do not."""
        managed(request, group_id, Scope.LABELS_READ)
        rule = rule_row(group_id=group_id, rule_id=rule_id)
        pages, state = CursorPages(), choice_in(request, "state", STATES)
        rows = pages.of(grants_of_rule(rule.pk, state=state), request)
        return pages.get_paginated_response([grant_body(row) for row in rows])
