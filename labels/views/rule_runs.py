"""Trying rules, running them, and what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from django.db import OperationalError, transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of, enter
from identity.data import Scope
from labels.operations.rules import judge_for, run_rule, wish_of
from labels.queries.rules.preview import TIMEOUT_MS, preview
from labels.queries.rules.rows import rule_row, runs_of
from labels.queries.rules.verdicts import Judge
from labels.serializers.rule_runs import PreviewOutput, RunOutput, preview_body, run_bodies
from labels.serializers.rules import PreviewInput
from labels.views.rule_doors import check_fixed, demand_giving, entered, managed
from waddlebot.lib.errors import ConflictError, UnavailableError
from waddlebot.lib.locks import try_to_hold
from waddlebot.lib.pagination import CursorPages

QUERY_CANCELED: Final = "57014"


class PreviewInProgressError(ConflictError):
    code = "preview_in_progress"

    def __init__(self) -> None:
        super().__init__("Another rule of this community is being tried. Try again shortly.")


class PreviewTooSlowError(UnavailableError):
    code = "preview_too_slow"

    def __init__(self) -> None:
        seconds = TIMEOUT_MS // 1000
        super().__init__(f"This was not counted within {seconds} seconds. Ask for less, or later.")


class TriedRuleView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}
    idempotency = False

    @extend_schema(
        operation_id="preview_new_label_rule", request=PreviewInput, responses=PreviewOutput
    )
    def post(self, request: Request) -> Response:
        """What a rule would do if it were made. Changes nothing."""
        form = PreviewInput(data=request.data)
        form.is_valid(raise_exception=True)
        place = entered(request, form.validated_data.get("community"))
        judge = judge_for(community_id=place.id, wish=form.to_wish())
        return Response(_previewed(judge))


class RulePreviewView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}
    idempotency = False

    @extend_schema(
        operation_id="preview_label_rule",
        request=PreviewInput(partial=True),
        responses=PreviewOutput,
    )
    def post(self, request: Request, rule_id: int) -> Response:
        """What a rule would do now, or with what the body names changed. Changes nothing."""
        rule = rule_row(rule_id)
        place = managed(request, rule)
        form = PreviewInput(data=request.data or {}, partial=True)
        form.is_valid(raise_exception=True)
        check_fixed(rule, place, form.validated_data)
        wish = replace(wish_of(rule), **form.to_changes())
        return Response(_previewed(judge_for(community_id=place.id, wish=wish, rule=rule)))


class RuleRunView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}

    @extend_schema(operation_id="run_label_rule", request=None, responses={202: RunOutput})
    def post(self, request: Request, rule_id: int) -> Response:
        """Look at everybody now. While a run is on, that one is the answer."""
        place = managed(request, rule_row(rule_id))
        demand_giving(request, place, rule_row(rule_id).label)
        actor = actor_of(credential_of(request))
        run = run_rule(rule_id=rule_id, actor=actor, now=timezone.now())
        return Response(run_bodies([run])[0], status=202)


class RuleRunsView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(operation_id="list_label_rule_runs", responses=RunOutput(many=True))
    def get(self, request: Request, rule_id: int) -> Response:
        """What the rule did, newest first. Looks by time that found nothing are not listed."""
        enter(request, Scope.LABELS_READ, rule_row(rule_id).community_id)
        pages = CursorPages()
        rows = pages.of(runs_of(rule_id), request)
        return pages.get_paginated_response(run_bodies(rows))


def _previewed(judge: Judge) -> dict[str, Any]:
    with transaction.atomic():
        # Each may read a whole community, so they come one by one.
        if not try_to_hold("label rule preview", judge.community_id):
            raise PreviewInProgressError
        try:
            return preview_body(preview(judge, timezone.now()))
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") == QUERY_CANCELED:
                raise PreviewTooSlowError from None
            raise
