"""What became of an event that was accepted for later."""

from typing import Any

from core_router.data import Outcome
from core_router.models import CommandExecution, QueuedEvent


def queued_answer(
    *, event_id: str, platform: str, community_id: int | None
) -> dict[str, Any] | None:
    """Return the answer, `pending` while there is none; None when nobody queued such an event.

    Finished ones are kept for a day. Without a community the newest of that id is meant.
    """
    found = QueuedEvent.objects.filter(event_id=event_id, platform=platform)
    if community_id is not None:
        found = found.filter(community_id=community_id)
    row = found.order_by("-id").first()
    if row is None:
        return None
    if row.answer is not None:
        return _as_it_ended(row.answer)
    outcome = Outcome.FAILED if row.state == "dead" else Outcome.PENDING
    return {
        "event_id": row.event_id,
        "execution_id": str(row.id),
        "outcome": outcome.value,
        "actions": [],
    }


def _as_it_ended(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with what its module has said since; the actions went to the collector."""
    if answer["outcome"] != Outcome.PENDING:
        return answer
    execution = CommandExecution.objects.filter(pk=answer["execution_id"]).first()
    if execution is None or execution.status == "pending":
        return answer
    if execution.status == "success":
        return answer | {"outcome": Outcome.EXECUTED.value}
    reason = {"code": execution.reason, "detail": execution.detail}
    return answer | {"outcome": Outcome.FAILED.value, "reason": reason}
