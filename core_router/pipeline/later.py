"""What a module answers after it has said 202: taken once, while the session lasts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core_router.engines.base import Answer, EngineError
from core_router.models import CommandExecution, EngineCall
from core_router.operations.endings import OVER, SAID_IT_FAILED, close_call
from core_router.operations.outgoing import queue_actions
from core_router.pipeline.carrying import BROKEN, carry_out_answer
from core_router.pipeline.later_hooks import answer_of_hook
from core_router.pipeline.response import (
    AlreadyAnsweredError,
    BadAnswerError,
    Response,
    SessionMismatchError,
    SessionOverError,
)


def take_response(
    response: Response, *, community_id: int | None, now: datetime
) -> list[Mapping[str, Any]]:
    """Carry the answer out, and queue for the collector what is to be done in chat.

    Of several that come at once the first counts. With a `community_id`, only calls of that
    community are known. Raises NotFoundError and the errors of `response`.
    """
    of_theirs = {} if community_id is None else {"community_id": community_id}
    with transaction.atomic():
        call = _open_call(response, of_theirs)
        if call is None:
            return answer_of_hook(response, of_theirs, now=now)
        if call.expires_at <= now:
            raise SessionOverError
        actions = _carried_out(call, response, now)
        failed = response.error is not None
        close_call(
            call,
            status="failed" if failed else "success",
            reason=SAID_IT_FAILED if failed else "",
            detail=response.error or "",
            now=now,
        )
        queue_actions(
            community_id=call.community_id,
            entity=call.entity,
            execution_id=call.pk,
            actions=actions,
            now=now,
        )
    return actions


def _open_call(response: Response, of_theirs: Mapping[str, Any]) -> EngineCall | None:
    """Return the call of a command, locked; None when no command was called by this id."""
    calls = EngineCall.objects.filter(pk=response.execution_id, **of_theirs)
    # Whoever comes second waits here, and then finds no row any more.
    call = calls.select_for_update().first()
    ended = None
    if call is None:
        rows = CommandExecution.objects.filter(pk=response.execution_id, **of_theirs)
        ended = rows.first()
    known = call or ended
    if known is not None and known.session_id != response.session_id:
        raise SessionMismatchError
    if ended is not None:
        raise SessionOverError if ended.reason in OVER else AlreadyAnsweredError
    return call


def _carried_out(call: EngineCall, response: Response, now: datetime) -> list[Mapping[str, Any]]:
    answer = response.answer
    if response.error is not None and not answer.text and not answer.actions:
        answer = Answer(text=BROKEN)
    try:
        return carry_out_answer(
            answer,
            community_id=call.community_id,
            entity=call.entity,
            message_id=call.message_id,
            now=now,
        )
    except EngineError as error:
        raise BadAnswerError(error) from None
