"""Assignments by the file."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.api import actor_of, credential_of, enter
from identity.data import Scope, Tenant
from labels.data import Kind
from labels.operations.importing import ImportOrder, receive
from labels.permissions import demand
from labels.serializers.jobs import JobOutput
from labels.serializers.labels import KINDS
from labels.views.common import COMMUNITY, choice_in
from waddlebot.lib.errors import InvalidError
from waddlebot.lib.idempotency import MAX_KEY
from waddlebot.lib.openapi import ProblemSerializer
from waddlebot.lib.problems import UnsupportedMediaTypeError

ACTIONS: Final = ("add", "remove")
YES_OR_NO: Final = ("true", "false")
CHARSETS: Final = {"", "utf-8", "utf8", "us-ascii"}


class ImportView(APIView):
    """Reads the body itself, a piece at a time: it may be longer than memory."""

    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.LABELS_WRITE}
    # Its key is kept with the job: to compare the body it need not be in memory.
    idempotency = False

    @extend_schema(
        operation_id="import_assignments",
        parameters=[
            COMMUNITY,
            OpenApiParameter("kind", str, enum=KINDS, description="Of lines that name none."),
            OpenApiParameter("action", str, enum=ACTIONS, description="Likewise."),
            OpenApiParameter("dry_run", bool, description="Tell what would happen, do nothing."),
        ],
        request={"text/csv": OpenApiTypes.BINARY},
        responses={
            202: JobOutput,
            409: OpenApiResponse(ProblemSerializer, description="`idempotency_key_reused`"),
            413: OpenApiResponse(ProblemSerializer, description="Over `LABELS_IMPORT_MAX_MB`."),
            429: OpenApiResponse(ProblemSerializer, description="`too_many_imports`"),
        },
    )
    def post(self, request: Request) -> Response:
        """Give or take labels by a CSV of any length: answers at once with the job that does it.

        The first line names the columns: `label`, and `object_id` (for people `u_…` or
        `twitch:42`) or `platform` and `platform_user_id`; with `user_name` somebody nobody knows
        yet is made. `kind`, `action` (`add` or `remove`), `valid_from`, `valid_until` and
        `reason` as they are needed. UTF-8; a line that fails fails alone.
        """
        place = enter(request, Scope.LABELS_WRITE, request.query_params.get("community"))
        demand(request, place, "labels:manage")
        _refuse_other_types(request)
        received = receive(
            stream=request._request,  # noqa: SLF001 - DRF's own would read it into memory
            size=int(request.headers.get("content-length") or 0),
            order=_order(request, place),
            key=_key(request),
            clock=timezone.now,
        )
        headers = {"Location": reverse("labels:job", args=[received.facts["id"]])}
        if received.is_repeated:
            headers["Idempotency-Replayed"] = "true"
        return Response(received.facts, status=202, headers=headers)


def _order(request: Request, place: Tenant) -> ImportOrder:
    credential = credential_of(request)
    return ImportOrder(
        community_id=place.id,
        actor=actor_of(credential),
        asker_id=credential.user_id,
        kind=Kind(choice_in(request, "kind", KINDS) or Kind.USER),
        removes=choice_in(request, "action", ACTIONS) == "remove",
        is_trial=choice_in(request, "dry_run", YES_OR_NO) == "true",
    )


def _refuse_other_types(request: Request) -> None:
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    parameters: dict[str, Any] = dict(
        part.strip().lower().split("=", 1) for part in rest.split(";") if "=" in part
    )
    charset = parameters.get("charset", "").strip('"')
    if kind.strip().lower() != "text/csv" or charset not in CHARSETS:
        raise UnsupportedMediaTypeError("Send text/csv in UTF-8.")


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY or "\0" in key:
        raise InvalidError(f"An Idempotency-Key has at most {MAX_KEY} characters.")
    return str(key)
