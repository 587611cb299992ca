"""What a module answers after it has said 202: taken once, while the session lasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core_router.engines.base import Answer, EngineError
from core_router.models import CommandExecution, EngineCall
from core_router.operations.endings import OVER, SAID_IT_FAILED, close_call
from core_router.operations.outgoing import queue_actions
from core_router.pipeline.carrying import BROKEN, carry_out_answer
from waddlebot.lib.errors import (
    ConflictError,
    DomainError,
    Flaw,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)


class SessionMismatchError(ForbiddenError):
    code = "session_mismatch"


class AlreadyAnsweredError(ConflictError):
    code = "already_answered"


class SessionOverError(DomainError):
    code = "session_over"
    status = 410

    def __init__(self) -> None:
        super().__init__("The session of this call is over.")


class BadAnswerError(InvalidError):
    """An answer that cannot be carried out. The call stays open for a better one."""

    def __init__(self, error: EngineError) -> None:
        place = error.detail.partition(":")[0]
        super().__init__(error.detail, errors=[Flaw(f"#/{place}", error.detail)])
        self.code = error.code


@dataclass(frozen=True, slots=True)
class Response:
    """What a module says of one call. `error` is None when it has done what it was asked."""

    execution_id: UUID
    session_id: UUID
    answer: Answer
    error: str | None = None


def take_response(
    response: Response, *, community_id: int | None, now: datetime
) -> list[Mapping[str, Any]]:
    """Carry the answer out, and queue for the collector what is to be done in chat.

    Of several that come at once the first counts. With a `community_id`, only calls of that
    community are known. Raises NotFoundError and the errors above.
    """
    with transaction.atomic():
        call = _open_call(response, community_id)
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


def _open_call(response: Response, community_id: int | None) -> EngineCall:
    of_theirs = {} if community_id is None else {"community_id": community_id}
    calls = EngineCall.objects.filter(pk=response.execution_id, **of_theirs)
    # Whoever comes second waits here, and then finds no row any more.
    call = calls.select_for_update().first()
    ended = None
    if call is None:
        rows = CommandExecution.objects.filter(pk=response.execution_id, **of_theirs)
        ended = rows.first()
    known = call or ended
    if known is None:
        raise NotFoundError
    if known.session_id != response.session_id:
        raise SessionMismatchError("This call belongs to another session.")
    if call is None:
        if ended and ended.reason in OVER:
            raise SessionOverError
        raise AlreadyAnsweredError("This call has ended: it was answered, or its time was over.")
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
