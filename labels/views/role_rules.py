"""Roles on platforms that follow from labels."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of
from identity.data import Scope, Tenant
from labels.data import Kind
from labels.models import EntityGroup, Label, RoleRule
from labels.operations.roles import (
    RoleRuleWish,
    add_rule,
    change_rule,
    remove_rule,
)
from labels.permissions import Reach, demand, on_record
from labels.queries.labels import find_labels
from labels.queries.role_rules import counts_of, rule_row, rules_of
from labels.serializers.role_rules import (
    RoleRuleChange,
    RoleRuleInput,
    RoleRuleOutput,
    rule_bodies,
)
from labels.views.groups import entered, managed
from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.pagination import CursorPages


class RoleRulesView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ, "POST": Scope.LABELS_WRITE}

    @extend_schema(operation_id="list_role_rules", responses=RoleRuleOutput(many=True))
    def get(self, request: Request, group_id: int) -> Response:
        group, place = entered(request, Scope.LABELS_READ, group_id)
        pages = CursorPages()
        rows = pages.of(rules_of(group.pk), request)
        return pages.get_paginated_response(_bodies(rows, place))

    @extend_schema(
        operation_id="create_role_rule", request=RoleRuleInput, responses={201: RoleRuleOutput}
    )
    def post(self, request: Request, group_id: int) -> Response:
        """Let whoever is in the group and holds the label have a role on a platform.

        The server must be proven to be the community's, or a token of it lent (409
        `place_not_proven`). It is given to one account of each person, and taken back when they
        lose the label, the group or the account. What the platform had given before stays.
        """
        group, place, wish = wished(request, group_id)
        rule = add_rule(group, wish, actor=_actor(request), now=timezone.now())
        return Response(rule_body(rule, place), status=201)


class RoleRuleView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.LABELS_READ,
        "PATCH": Scope.LABELS_WRITE,
        "DELETE": Scope.LABELS_WRITE,
    }

    @extend_schema(operation_id="read_role_rule", responses=RoleRuleOutput)
    def get(self, request: Request, group_id: int, rule_id: int) -> Response:
        _, place = entered(request, Scope.LABELS_READ, group_id)
        return Response(rule_body(rule_row(group_id=group_id, rule_id=rule_id), place))

    @extend_schema(
        operation_id="change_role_rule",
        request=RoleRuleChange(partial=True),
        responses=RoleRuleOutput,
    )
    def patch(self, request: Request, group_id: int, rule_id: int) -> Response:
        """Change the label, or switch the rule on or off; what failed is tried again."""
        rule, place = managed_rule(request, group_id, rule_id)
        form = RoleRuleChange(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        changes: dict[str, Any] = dict(form.validated_data)
        if "label" in changes:
            changes["label"] = label_in(request, place, changes["label"])
        rule = change_rule(rule, changes, actor=_actor(request), now=timezone.now())
        return Response(rule_body(rule, place))

    @extend_schema(operation_id="remove_role_rule", request=None, responses={204: None})
    def delete(self, request: Request, group_id: int, rule_id: int) -> Response:
        """Remove a rule. What it gave is taken back, in the background."""
        rule, _ = managed_rule(request, group_id, rule_id)
        remove_rule(rule, actor=_actor(request), now=timezone.now())
        return Response(status=204)


def wished(request: Request, group_id: int) -> tuple[EntityGroup, Tenant, RoleRuleWish]:
    group, place = managed(request, group_id)
    form = RoleRuleInput(data=request.data)
    form.is_valid(raise_exception=True)
    wish = dict(form.validated_data)
    demand(request, place, f"roles:give:{wish['platform']}")
    wish["label"] = label_in(request, place, wish["label"])
    return group, place, RoleRuleWish(**wish)


def managed_rule(request: Request, group_id: int, rule_id: int) -> tuple[RoleRule, Tenant]:
    _, place = managed(request, group_id)
    rule = rule_row(group_id=group_id, rule_id=rule_id)
    demand(request, place, f"roles:give:{rule.platform}")
    return rule, place


def label_in(request: Request, place: Tenant, reference: int | str) -> Label:
    """Return a label that people or groups hold here, and that the asker may give."""
    for kind in (Kind.USER, Kind.ENTITY_GROUP):
        found = find_labels(community_id=place.id, kind=kind, references=[reference])
        if reference in found:
            with on_record(request, place):
                Reach.of(request, place).demand_lending(found.values())
            return found[reference]
    flaw = Flaw("#/label", "There is no such label for people or groups here.")
    raise InvalidError("The label is unknown.", errors=[flaw])


def _actor(request: Request) -> str:
    return actor_of(credential_of(request))


def rule_body(rule: RoleRule, place: Tenant) -> dict[str, Any]:
    return _bodies([rule], place)[0]


def _bodies(rows: list[RoleRule], place: Tenant) -> list[dict[str, Any]]:
    return rule_bodies(rows, place, counts_of(row.pk for row in rows))
