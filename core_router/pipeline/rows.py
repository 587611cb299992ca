"""What a command leaves behind, and what is said of it."""

from collections.abc import Sequence

from core_router.data import BUILTIN, Action, Command
from core_router.operations.executions import Execution
from core_router.pipeline.carrying import lines_of
from core_router.pipeline.context import Context
from core_router.pipeline.people import caller
from waddlebot.lib import metrics

LONGEST_DETAIL = 300


def execution_row(
    context: Context,
    status: str,
    *,
    reason: str = "",
    detail: str = "",
    duration_ms: float = 0,
) -> Execution:
    command, event = called(context), context.event
    engine = command.engine.type.value if command.engine else BUILTIN
    metrics.execution_done(engine=engine, status=status, seconds=duration_ms / 1000)
    return Execution(
        id=context.execution_id,
        session_id=context.session_id,
        community_id=context.tenant.id,
        command_id=command.id,
        command=command.name,
        engine=engine,
        module=command.module,
        version="",
        user_id=caller(context).user_id,
        entity=event.entity,
        event_id=event.event_id,
        status=status,
        reason=reason,
        detail=detail[:LONGEST_DETAIL],
        duration_ms=round(duration_ms, 3),
    )


def called(context: Context) -> Command:
    """Return the command that an event calls."""
    if context.command is None:
        raise LookupError("this event calls no command")
    return context.command


def said(context: Context, text: str) -> Sequence[Action]:
    event = context.event
    return lines_of(text, entity=event.entity, message_id=event.message_id)
