"""Run the commands that are answered outside this process: nothing is held while they are."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core_router.data import EngineRef, Outcome, Reason
from core_router.engines.asking import ask
from core_router.engines.base import Answer, EngineError, Invocation
from core_router.engines.envelope import envelope_of
from core_router.operations.calls import Begun, begin_calls, end_call, wait_for_response
from core_router.operations.executions import write_executions
from core_router.pipeline.carrying import BROKEN, carry_out_answer
from core_router.pipeline.context import ALREADY, Context, Verdict
from core_router.pipeline.people import caller
from core_router.pipeline.rows import called, execution_row, said
from core_router.pipeline.sending import send_out
from core_router.pipeline.slots import slots

MARGIN: Final = timedelta(seconds=1)
BUSY: Final = EngineError("busy", "Too many calls are outside already.", retry_after_s=1)

Said = Answer | EngineError


def run_outside(contexts: Sequence[Context]) -> None:
    """Call the engines of these events, several at once, and write what came of it."""
    if not contexts:
        return
    begun = begin_calls([begun_of(context) for context in contexts])
    for context in contexts:
        if context.execution_id not in begun:
            context.verdict = ALREADY
    out = [context for context in contexts if context.execution_id in begun]
    if len(out) == 1 and out[0].is_reserved:
        with slots.waiting():
            said_by = [_ask(out[0])]
    else:
        said_by = list(_pool().map(_ask_patiently, out))
    for context, (answer, seconds) in zip(out, said_by, strict=True):
        _finish(context, answer, seconds * 1000)


def _ask(context: Context) -> tuple[Said, float]:
    started = time.perf_counter()
    try:
        answer: Said = ask(invocation_of(context))
    except EngineError as error:
        answer = error
    return answer, time.perf_counter() - started


def _ask_patiently(context: Context) -> tuple[Said, float]:
    """The same for one of many: each waits for its own room."""
    if not slots.reserve(patiently=True):
        return BUSY, 0
    try:
        return _ask(context)
    finally:
        slots.free()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.ROUTER_MAX_WORKERS, thread_name_prefix="engine")


def _finish(context: Context, answer: Said, duration_ms: float) -> None:
    try:
        if isinstance(answer, EngineError):
            raise answer
        with transaction.atomic():
            context.verdict = _carried_out(context, answer, duration_ms)
            send_out([context])
    except EngineError as error:
        with transaction.atomic():
            context.verdict = _failed(context, error, duration_ms)
            send_out([context])


def _carried_out(context: Context, answer: Answer, duration_ms: float) -> Verdict:
    if answer.is_later:
        if wait_for_response(context.execution_id, now=timezone.now()):
            write_executions([execution_row(context, "pending", duration_ms=duration_ms)])
        return Verdict(Outcome.PENDING)
    if not end_call(context.execution_id):
        # It has answered by the other door, and that answer counts.
        return Verdict(Outcome.PENDING)
    done = carry_out_answer(
        answer,
        community_id=context.tenant.id,
        entity=context.event.entity,
        message_id=context.event.message_id,
        present={context.event.user_id},
        now=context.now,
    )
    row = execution_row(context, "success", duration_ms=duration_ms)
    return Verdict(Outcome.EXECUTED, actions=done) if write_executions([row]) else ALREADY


def _failed(context: Context, error: EngineError, duration_ms: float) -> Verdict:
    if not end_call(context.execution_id):
        return Verdict(Outcome.PENDING)
    row = execution_row(
        context, "failed", reason=error.code, detail=error.detail, duration_ms=duration_ms
    )
    if not write_executions([row]):
        return ALREADY
    context.detail = error.detail
    wait_s = None if error.retry_after_s is None else round(error.retry_after_s, 3)
    reason = Reason(error.code, error.detail, wait_s)
    return Verdict(Outcome.FAILED, reason, said(context, BROKEN))


def invocation_of(context: Context) -> Invocation:
    command = called(context)
    return Invocation(
        id=UUID(context.execution_id),
        ref=_ref(context),
        envelope=envelope_of(
            kind="command",
            session_id=context.session_id,
            community=context.tenant,
            caller=caller(context),
            event=context.event,
            command=command.name,
            args=context.args,
            raw_args=context.raw_args,
        ),
        now=context.now,
    )


def begun_of(context: Context) -> Begun:
    now, ref, event = timezone.now(), _ref(context), context.event
    return Begun(
        id=context.execution_id,
        session_id=context.session_id,
        community_id=context.tenant.id,
        command_id=called(context).id,
        command=called(context).name,
        engine=ref.type,
        user_id=caller(context).user_id,
        entity=event.entity,
        event_id=event.event_id,
        message_id=event.message_id,
        started_at=now,
        deadline_at=now + timedelta(seconds=ref.timeout_s) + MARGIN,
        expires_at=now + timedelta(seconds=settings.SESSION_TTL),
    )


def _ref(context: Context) -> EngineRef:
    ref = called(context).engine
    if ref is None:
        raise LookupError("this command is answered in here")
    return ref
