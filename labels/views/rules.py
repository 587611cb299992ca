"""Auto-assign rules."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of, enter
from identity.data import Scope
from labels.operations.rules import add_rule, change_rule, remove_rule
from labels.permissions import on_record
from labels.queries.rules.rows import rule_row, rules_of
from labels.serializers.rule_facts import FactsOutput, fact_bodies
from labels.serializers.rules import RuleInput, RuleOutput, rule_bodies
from labels.views.common import COMMUNITY, choice_in
from labels.views.rule_doors import check_fixed, demand_giving, entered, managed
from waddlebot.lib.pagination import CursorPages

TAKE = OpenApiParameter("take", bool, description="Take off what it gave, too.")


class FactsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(operation_id="list_rule_facts", responses=FactsOutput)
    def get(self, request: Request) -> Response:
        """What a rule can ask of everybody, for a form to be built from."""
        return Response(fact_bodies())


class RulesView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ, "POST": Scope.LABELS_WRITE}

    @extend_schema(
        operation_id="list_label_rules", parameters=[COMMUNITY], responses=RuleOutput(many=True)
    )
    def get(self, request: Request) -> Response:
        """The rules of a community, newest first."""
        place = enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        pages = CursorPages()
        rows = pages.of(rules_of(place.id), request)
        return pages.get_paginated_response(rule_bodies(rows, place))

    @extend_schema(
        operation_id="create_label_rule", request=RuleInput, responses={201: RuleOutput}
    )
    def post(self, request: Request) -> Response:
        """Make a rule. It looks at everybody soon, unless it is made switched off.

        Who makes it must be one who may give the label. 400 `rule_circle` when rules would undo
        each other.
        """
        form = RuleInput(data=request.data)
        form.is_valid(raise_exception=True)
        place = entered(request, form.validated_data.get("community"))
        with on_record(request, place), transaction.atomic():
            rule = add_rule(
                community_id=place.id,
                wish=form.to_wish(),
                actor=actor_of(credential_of(request)),
                now=timezone.now(),
            )
            demand_giving(request, place, rule.label)
        return Response(rule_bodies([rule], place)[0], status=201)


class RuleView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.LABELS_READ,
        "PATCH": Scope.LABELS_WRITE,
        "DELETE": Scope.LABELS_WRITE,
    }

    @extend_schema(operation_id="read_label_rule", responses=RuleOutput)
    def get(self, request: Request, rule_id: int) -> Response:
        rule = rule_row(rule_id)
        place = enter(request, Scope.LABELS_READ, rule.community_id)
        return Response(rule_bodies([rule], place)[0])

    @extend_schema(
        operation_id="change_label_rule", request=RuleInput(partial=True), responses=RuleOutput
    )
    def patch(self, request: Request, rule_id: int) -> Response:
        """Change a rule, but for its label and community. Everybody is looked at anew.

        A rule that is switched off gives and takes nothing; what it gave stays.
        """
        rule = rule_row(rule_id)
        place = managed(request, rule)
        form = RuleInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        check_fixed(rule, place, form.validated_data)
        demand_giving(request, place, rule.label)
        changed = change_rule(
            rule_id=rule_id,
            changes={n: value for n, value in form.to_changes().items() if n != "label"},
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(rule_bodies([changed], place)[0])

    @extend_schema(
        operation_id="delete_label_rule", parameters=[TAKE], request=None, responses={204: None}
    )
    def delete(self, request: Request, rule_id: int) -> Response:
        """Remove a rule. What it gave stays; with `take=true` it is taken off, soon after."""
        rule = rule_row(rule_id)
        place = managed(request, rule)
        take = choice_in(request, "take", ("true", "false")) == "true"
        if take:
            demand_giving(request, place, rule.label)
        remove_rule(
            rule_id=rule_id,
            take=take,
            actor=actor_of(credential_of(request)),
            now=timezone.now(),
        )
        return Response(status=204)
