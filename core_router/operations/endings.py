"""How calls outside end that are not answered at once: later, or by nobody."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core_router.models import CommandExecution, EngineCall, EventDelivery
from core_router.operations.executions import Execution, count_late, write_executions
from waddlebot.lib import metrics

LOST: Final = "lost"
NO_ANSWER: Final = "no_answer"
SAID_IT_FAILED: Final = "module_failed"
OVER: Final = {
    LOST: "The process that had called it ended before it heard an answer.",
    NO_ANSWER: "It had said that it would answer later, and did not.",
}
GRACE: Final = timedelta(minutes=10)
"""How long an event may come again to take up the call of a process that has died."""
LONGEST_DETAIL: Final = 300
AT_ONCE: Final = 500


def close_call(
    call: EngineCall, *, status: str, reason: str = "", detail: str = "", now: datetime
) -> None:
    """Take a locked call away, and write into its execution how it ended."""
    seconds = (now - call.started_at).total_seconds()
    row = _execution(call, status, reason, detail, seconds)
    metrics.execution_done(engine=call.engine, status=status, seconds=seconds)
    if call.state == "running" or not _rewrite(row):
        write_executions([row])
    EngineCall.objects.filter(pk=call.pk).delete()


def write_pending(call: EngineCall, *, now: datetime) -> None:
    """Write that a call is answered later."""
    seconds = (now - call.started_at).total_seconds()
    write_executions([_execution(call, "pending", "", "", seconds)])
    metrics.execution_done(engine=call.engine, status="pending", seconds=seconds)


def end_overdue(*, now: datetime) -> int:
    """End what nobody answers any more, and what died with the process that waited for it."""
    total = 0
    while ended := _end_some(now):
        total += ended
    return total


def _end_some(now: datetime) -> int:
    # What is still owed to its engine is taken up by the worker that delivers it.
    owed = EventDelivery.objects.filter(execution_id=OuterRef("pk"), state="queued")
    died = Q(state="running", deadline_at__lt=now - GRACE) & ~Exists(owed)
    with transaction.atomic():
        calls = EngineCall.objects.filter(died | Q(state="pending", expires_at__lte=now))
        over = list(calls.select_for_update(skip_locked=True)[:AT_ONCE])
        for call in over:
            reason = LOST if call.state == "running" else NO_ANSWER
            close_call(call, status="failed", reason=reason, detail=OVER[reason], now=now)
    return len(over)


def _rewrite(row: Execution) -> bool:
    waiting = CommandExecution.objects.filter(pk=row.id, status="pending")
    changed = waiting.update(
        status=row.status, reason=row.reason, detail=row.detail, duration_ms=row.duration_ms
    )
    if changed:
        count_late([row.id])
    return changed > 0


def _execution(
    call: EngineCall, status: str, reason: str, detail: str, seconds: float
) -> Execution:
    return Execution(
        id=str(call.pk),
        session_id=str(call.session_id),
        community_id=call.community_id,
        command_id=call.command_id,
        command=call.command,
        engine=call.engine,
        module="",
        version="",
        user_id=call.user_id,
        entity=call.entity,
        event_id=call.event_id,
        status=status,
        reason=reason,
        detail=detail[:LONGEST_DETAIL],
        duration_ms=round(seconds * 1000, 3),
    )
