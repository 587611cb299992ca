"""What the caller is told about an event (contract 2)."""

from typing import Any

from core_router.data import Outcome, Reason
from core_router.pipeline.context import Context, Verdict

NOTHING = Verdict(Outcome.IGNORED)


def answer_of(context: Context) -> dict[str, Any]:
    verdict = context.verdict or NOTHING
    answer: dict[str, Any] = {
        "event_id": context.event.event_id or None,
        "session_id": context.session_id or None,
        "execution_id": context.execution_id,
        "outcome": verdict.outcome.value,
        "command": context.command.name if context.command else None,
        "actions": [
            action if "handled" in action else {**action, "handled": False}
            for action in verdict.actions
        ],
        "duration_ms": context.duration_ms,
    }
    if verdict.reason is not None and verdict.outcome is not Outcome.UNKNOWN_COMMAND:
        answer["reason"] = _reason(verdict.reason)
    if context.tracing:
        answer["trace"] = [_step(step) for step in context.trace]
    return answer


def _reason(reason: Reason) -> dict[str, Any]:
    said: dict[str, Any] = {"code": reason.code, "detail": reason.detail}
    if reason.retry_after_s is not None:
        said["retry_after_s"] = reason.retry_after_s
    return said


def _step(step: Any) -> dict[str, Any]:
    told = {"step": step.step, "ok": step.ok, "detail": step.detail}
    return {**told, "remedy": step.remedy} if step.remedy else told
