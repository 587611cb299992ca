"""Jobs: how far they are, what came of them, and stopping them."""

from collections.abc import Mapping
from typing import ClassVar, Final

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of, enter
from identity.data import Scope
from labels.models import Job
from labels.operations.importing import cancel, retry
from labels.permissions import demand
from labels.queries.jobs import facts_of, job_by_id, jobs_of, result_of
from labels.serializers.jobs import STATES, JobOutput
from labels.views.common import COMMUNITY, choice_in
from waddlebot.lib.openapi import ProblemSerializer
from waddlebot.lib.pagination import CursorPages

CONFLICT: Final = OpenApiResponse(ProblemSerializer, description="Its state does not allow that.")
ONLY: Final = ("errors",)


class JobsView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(
        operation_id="list_jobs",
        parameters=[COMMUNITY, OpenApiParameter("state", str, enum=STATES)],
        responses=JobOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """The imports of a community, newest first; they are forgotten after 90 days."""
        place = enter(request, Scope.LABELS_READ, request.query_params.get("community"))
        demand(request, place, "labels:manage")
        rows, state = jobs_of(place.id), choice_in(request, "state", STATES)
        pages = CursorPages()
        page = pages.of(rows.filter(state=state) if state else rows, request)
        return pages.get_paginated_response([facts_of(job) for job in page])


class JobView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(operation_id="read_job", responses=JobOutput)
    def get(self, request: Request, job: str) -> Response:
        """How far a job is, and the first hundred lines that failed."""
        return Response(facts_of(_job(request, job, Scope.LABELS_READ)))


class CancelView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}

    @extend_schema(
        operation_id="cancel_job", request=None, responses={200: JobOutput, 409: CONFLICT}
    )
    def post(self, request: Request, job: str) -> Response:
        """Stop a job. What is done stays done, and is counted; the rest is not begun."""
        row = _job(request, job, Scope.LABELS_WRITE)
        actor = actor_of(credential_of(request))
        return Response(facts_of(cancel(row.pk, actor=actor, now=timezone.now())))


class RetryView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}

    @extend_schema(
        operation_id="retry_job", request=None, responses={200: JobOutput, 409: CONFLICT}
    )
    def post(self, request: Request, job: str) -> Response:
        """Let a job that failed or was cancelled go on where it stopped, within a week."""
        row = _job(request, job, Scope.LABELS_WRITE)
        actor = actor_of(credential_of(request))
        return Response(facts_of(retry(row.pk, actor=actor, now=timezone.now())))


class ResultView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LABELS_READ}

    @extend_schema(
        operation_id="read_job_result",
        parameters=[OpenApiParameter("only", str, enum=ONLY, description="Lines that failed.")],
        responses={(200, "text/csv"): OpenApiTypes.STR, 409: CONFLICT},
    )
    def get(self, request: Request, job: str) -> StreamingHttpResponse:
        """What became of each line, as CSV, for a week. Mended, its lines can be sent again."""
        row = _job(request, job, Scope.LABELS_READ)
        only = choice_in(request, "only", ONLY)
        return StreamingHttpResponse(
            result_of(row, errors_only=bool(only)),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="import-{row.pk}.csv"',
                "X-Content-Type-Options": "nosniff",
            },
        )


def _job(request: Request, job_id: str, scope: Scope) -> Job:
    """Return a job, once it is clear that the asker may know of it."""
    job = job_by_id(job_id)
    demand(request, enter(request, scope, job.community_id), "labels:manage")
    return job
