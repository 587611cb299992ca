"""What an event hook answers after it has said 202."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from core_router.engines.base import EngineError
from core_router.models import EventDelivery
from core_router.operations.deliveries import LATER, answered
from core_router.operations.endings import SAID_IT_FAILED
from core_router.operations.outgoing import queue_actions
from core_router.pipeline.carrying import carry_out_answer
from core_router.pipeline.owing import envelope_in
from core_router.pipeline.response import (
    AlreadyAnsweredError,
    BadAnswerError,
    Response,
    SessionMismatchError,
    SessionOverError,
)
from waddlebot.lib.errors import NotFoundError


def answer_of_hook(
    response: Response, of_theirs: Mapping[str, Any], *, now: datetime
) -> list[Mapping[str, Any]]:
    """Carry it out in the open transaction. Raises NotFoundError and the errors of `response`."""
    row = _open_delivery(response, of_theirs, now)
    try:
        event = envelope_in(row.payload)["event"] if row.state == "queued" else row.payload
        actions = carry_out_answer(
            response.answer,
            community_id=row.community_id,
            entity=row.lane.entity,
            message_id=event["message_id"],
            present={event["user_id"]},
            now=now,
        )
    except EngineError as error:
        raise BadAnswerError(error) from None
    answered(row, reason="" if response.error is None else SAID_IT_FAILED, now=now)
    queue_actions(
        community_id=row.community_id,
        entity=row.lane.entity,
        execution_id=row.execution_id,
        actions=actions,
        now=now,
    )
    return actions


def _open_delivery(
    response: Response, of_theirs: Mapping[str, Any], now: datetime
) -> EventDelivery:
    """Return, locked, one that waits for its answer, or whose 202 we have not heard yet."""
    rows = EventDelivery.objects.filter(pk=response.execution_id, **of_theirs)
    rows = rows.exclude(hook=None).select_related("lane")
    row = rows.select_for_update(of=["self"]).first()
    if row is None:
        raise NotFoundError
    if row.session_id != response.session_id:
        raise SessionMismatchError
    if row.state == "queued":
        return row
    if row.state != "done" or row.reason != LATER:
        raise AlreadyAnsweredError
    if row.finished_at is None or row.finished_at + timedelta(seconds=settings.SESSION_TTL) <= now:
        raise SessionOverError
    return row
