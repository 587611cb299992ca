"""How much commands are used, and why they failed: for whoever wrote the module."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_router.models import CommandExecution, CommandUsage
from core_router.queries.usage import executions_of, percentile_ms, usage_of
from identity.api import tenant_of
from identity.data import Scope
from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.ids import moment_of
from waddlebot.lib.pagination import CursorPages

MOST_DAYS: Final = 366
STATUSES: Final = ("success", "failed", "refused", "pending")
PAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["results", "next", "previous"],
    "properties": {
        "results": {"type": "array", "items": {"type": "object"}},
        "next": {"type": ["string", "null"]},
        "previous": {"type": ["string", "null"]},
    },
}
COMMAND: Final = OpenApiParameter("command", str, description="Its name, without the prefix.")


class UsageView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.ROUTER_READ}
    pagination_class = CursorPages

    @extend_schema(
        operation_id="list_command_usage",
        parameters=[COMMAND, OpenApiParameter("days", int, description="1 to 366; 30.")],
        responses={200: OpenApiResponse(PAGE)},
    )
    def get(self, request: Request, community: str) -> Response:
        """Calls, errors and durations of each command by day (UTC), some minutes behind."""
        since = timezone.now().date() - timedelta(days=_days(request) - 1)
        rows = usage_of(tenant_of(request).id, since=since, command=_text(request, "command"))
        pages = CursorPages()
        told = [_usage(row) for row in pages.of(rows, request)]
        return pages.get_paginated_response(told)


class ExecutionsView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.ROUTER_READ}
    pagination_class = CursorPages

    @extend_schema(
        operation_id="list_executions",
        parameters=[
            COMMAND,
            OpenApiParameter("status", str, enum=STATUSES),
            OpenApiParameter("engine", str),
        ],
        responses={200: OpenApiResponse(PAGE)},
    )
    def get(self, request: Request, community: str) -> Response:
        """What ran, the newest first; `detail` says why it failed."""
        asked = {name: _text(request, name) for name in ("command", "status", "engine")}
        if asked["status"] and asked["status"] not in STATUSES:
            flaw = Flaw("#/status", f"One of {', '.join(STATUSES)}.")
            raise InvalidError("There is no such status.", errors=[flaw])
        pages = CursorPages()
        rows = pages.of(executions_of(tenant_of(request).id, **asked), request)
        return pages.get_paginated_response([_execution(row) for row in rows])


def _usage(row: CommandUsage) -> dict[str, Any]:
    return {
        "day": row.day,
        "command_id": row.command_id,
        "command": row.command,
        "engine": row.engine,
        "module": row.module,
        "version": row.version,
        "calls": row.calls,
        "errors": row.errors,
        "mean_ms": round(row.total_ms / row.calls, 3) if row.calls else None,
        "p50_ms": percentile_ms(row.times, 0.5),
        "p95_ms": percentile_ms(row.times, 0.95),
    }


def _execution(row: CommandExecution) -> dict[str, Any]:
    return {
        "id": row.pk,
        "session_id": row.session_id,
        "at": moment_of(row.pk),
        "command_id": row.command_id,
        "command": row.command,
        "engine": row.engine,
        "module": row.module,
        "version": row.version,
        "entity": row.entity,
        "event_id": row.event_id or None,
        "status": row.status,
        "reason": row.reason or None,
        "detail": row.detail or None,
        "duration_ms": row.duration_ms,
    }


def _text(request: Request, name: str) -> str:
    text: str = request.query_params.get(name, "")
    if "\0" in text:
        raise InvalidError(
            "This cannot be looked for.", errors=[Flaw(f"#/{name}", "It has a NUL.")]
        )
    return text


def _days(request: Request) -> int:
    text = request.query_params.get("days", "30")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= MOST_DAYS):
        flaw = Flaw("#/days", f"A number from 1 to {MOST_DAYS}.")
        raise InvalidError("How many days?", errors=[flaw])
    return int(text)
