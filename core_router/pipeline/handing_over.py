"""Commands of events that nobody waits for: a courier calls their engines, with nothing held."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core_router.data import EngineRef, Outcome
from core_router.engines.asking import ask
from core_router.engines.base import Answer, EngineError, Invocation
from core_router.models import CommandExecution, EngineCall, EventDelivery
from core_router.operations.calls import Begun, begin_calls, wait_for_response
from core_router.operations.deliveries import Owed, done, owe
from core_router.operations.endings import close_call, write_pending
from core_router.operations.nudge import DELIVERIES, nudge
from core_router.operations.outgoing import queue_actions
from core_router.pipeline.carrying import BROKEN, carry_out_answer, lines_of
from core_router.pipeline.context import Context, Verdict
from core_router.pipeline.outside import begun_of, invocation_of
from core_router.pipeline.owing import envelope_in, sealed_payload
from core_router.pipeline.rows import called

A_MOMENT: Final = timedelta(seconds=1)


def hand_over(contexts: Sequence[Context]) -> None:
    """Owe these calls to their engines, in the transaction that takes the events."""
    if not contexts:
        return
    owe([_owed(context) for context in contexts])
    transaction.on_commit(partial(nudge, DELIVERIES))
    for context in contexts:
        context.verdict = Verdict(Outcome.PENDING)


def call_command(row: EventDelivery, ref: EngineRef, *, now: datetime) -> datetime | None:
    """Call once, within the command's time. Return when to look again if somebody else does."""
    if CommandExecution.objects.filter(pk=row.pk).exists():
        done(row.pk)
        return None
    begun = _begun(row, ref, now)
    if not begin_calls([begun]):
        call = EngineCall.objects.filter(pk=row.pk).first()
        return (max(call.deadline_at, now) if call else now) + A_MOMENT
    try:
        envelope = envelope_in(row.payload)
        answer = ask(Invocation(row.pk, ref, envelope, now))
        with transaction.atomic():
            _carry_out(row, answer, envelope["event"]["user_id"], now)
    except EngineError as error:
        with transaction.atomic():
            _fail(row, error, now)
    return None


def _owed(context: Context) -> Owed:
    event, begun = context.event, begun_of(context)
    envelope = invocation_of(context).envelope
    payload = sealed_payload(envelope, event.user_id, event.message_content)
    call = {"command": begun.command, "user_id": begun.user_id, "message_id": begun.message_id}
    return Owed(
        id=UUID(context.execution_id),
        engine_id=invocation_of(context).ref.id,
        entity=event.entity,
        community_id=context.tenant.id,
        execution_id=context.execution_id,
        session_id=context.session_id,
        event_id=event.event_id,
        message_type=event.message_type,
        payload={**payload, "call": call},
        command_id=called(context).id,
    )


def _begun(row: EventDelivery, ref: EngineRef, now: datetime) -> Begun:
    call: dict[str, Any] = row.payload["call"]
    return Begun(
        id=str(row.pk),
        session_id=str(row.session_id),
        community_id=row.community_id,
        command_id=row.command_id or 0,
        engine=ref.type,
        entity=row.lane.entity,
        event_id=row.event_id,
        started_at=now,
        deadline_at=now + timedelta(seconds=ref.timeout_s) + A_MOMENT,
        expires_at=now + timedelta(seconds=settings.SESSION_TTL),
        **call,
    )


def _carry_out(row: EventDelivery, answer: Answer, user_id: str, now: datetime) -> None:
    call = _ended(row)
    if call is None:
        return
    if answer.is_later:
        write_pending(call, now=now)
        wait_for_response(str(call.pk), now=now)
        return
    actions = carry_out_answer(
        answer,
        community_id=call.community_id,
        entity=call.entity,
        message_id=call.message_id,
        present={user_id},
        now=now,
    )
    close_call(call, status="success", now=now)
    _send(call, actions, now)


def _fail(row: EventDelivery, error: EngineError, now: datetime) -> None:
    call = _ended(row)
    if call is not None:
        close_call(call, status="failed", reason=error.code, detail=error.detail, now=now)
        _send(call, lines_of(BROKEN, entity=call.entity, message_id=call.message_id), now)


def _ended(row: EventDelivery) -> EngineCall | None:
    """Mark it done. Return its call; none when that was answered by the other door meanwhile."""
    done(row.pk)
    calls = EngineCall.objects.filter(pk=row.pk, state="running")
    return calls.select_for_update().first()


def _send(call: EngineCall, actions: Sequence[Any], now: datetime) -> None:
    queue_actions(
        community_id=call.community_id,
        entity=call.entity,
        execution_id=call.pk,
        actions=actions,
        now=now,
    )
