"""What was counted of a community's commands, and how each use of them ended."""

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from core_router.data import TIMES_MS
from core_router.models import CommandExecution, CommandUsage


def usage_of(community_id: int, *, since: date, command: str = "") -> QuerySet[CommandUsage]:
    rows = CommandUsage.objects.filter(community_id=community_id, day__gte=since)
    return rows.filter(command=command) if command else rows


def executions_of(
    community_id: int, *, command: str = "", status: str = "", engine: str = ""
) -> QuerySet[CommandExecution]:
    wanted = {"command": command, "status": status, "engine": engine}
    asked = {name: value for name, value in wanted.items() if value}
    return CommandExecution.objects.filter(community_id=community_id, **asked)


def percentile_ms(times: Sequence[int], share: float) -> float | None:
    """Return the time that this share of the calls took at most, as told by the bounds.

    Between two bounds calls are taken to be spread evenly; beyond the last it is the last.
    """
    total = sum(times)
    if not total:
        return None
    wanted, before = share * total, 0
    for count, low, high in zip(times, (0, *TIMES_MS), TIMES_MS, strict=False):
        if before + count >= wanted:
            return round(low + (high - low) * (wanted - before) / count, 3)
        before += count
    return float(TIMES_MS[-1])
