"""Events accepted for later: the row is the promise, Celery only the nudge.

A row stays locked while a worker has it in hand, and what it does is kept together with its
done-mark; when the worker dies the lock goes with it, and the next one finds the row as it was.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet

from core_router.data import Event
from core_router.models import QueuedEvent
from waddlebot.lib.cache import forget_everything
from waddlebot.lib.ids import new_id
from waddlebot.lib.sealing import BrokenSealError, seal, unseal

logger = logging.getLogger(__name__)

AT_ONCE: Final = 50
MOST_ATTEMPTS: Final = 6
KEPT: Final = timedelta(hours=24)

# What links an account (identity), whatever a community calls the command that takes it.
MAY_BE_A_CODE: Final = re.compile(r"(?<!\S)[a-hj-np-z2-9]{6,12}(?!\S)", re.IGNORECASE)

ACCEPT: Final = """
    INSERT INTO queued_events
        (id, community_id, platform, event_id, payload, state, attempts, due_at, error)
    VALUES (%s, %s, %s, %s, %s, 'queued', 0, %s, '')
    ON CONFLICT ON CONSTRAINT an_event_is_queued_once DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits. `proves_author`: its sender may say who typed it."""

    execution_id: UUID
    community_id: int
    event: Event
    proves_author: bool


Work = Callable[[Sequence[Waiting]], Sequence[Mapping[str, Any]]]
"""Processes events in the open transaction, in order; returns answers."""


def accept(
    event: Event, *, community_id: int, proves_author: bool = False, now: datetime
) -> tuple[UUID, str]:
    """Keep the event and return its execution id and event id; the same event, the same ids."""
    execution_id = new_id()
    event_id = event.event_id or str(execution_id)
    facts = {"event_id": event_id, "proves_author": proves_author}
    payload = msgspec.json.encode(_kept(event) | facts).decode()
    values: list[Any] = [execution_id, community_id, event.platform, event_id, payload, now]
    with connection.cursor() as cursor:
        cursor.execute(ACCEPT, values)
        if cursor.rowcount:
            return execution_id, event_id
    known = QueuedEvent.objects.filter(
        community_id=community_id, platform=event.platform, event_id=event_id
    )
    return known.values_list("id", flat=True).first() or execution_id, event_id


def drain(work: Work, *, clock: Callable[[], datetime]) -> int:
    """Process what is due until nothing is left that nobody else has in hand; return how many."""
    total = 0
    while done := _one_batch(work, clock()):
        total += done
    return total


def forget_finished(*, now: datetime) -> int:
    """Remove rows finished over a day ago; dead ones stay for whoever must look at them."""
    finished = QueuedEvent.objects.filter(state="done", finished_at__lt=now - KEPT)
    return finished.delete()[0]


def _one_batch(work: Work, now: datetime) -> int:
    rows: list[QueuedEvent] = []
    try:
        with transaction.atomic():
            rows = list(_claim(now, AT_ONCE))
            _process(rows, work, now)
    except Exception:
        # One of them broke: take each alone, so that it breaks nobody else's.
        logger.exception("A batch of queued events failed", extra={"events": len(rows)})
        forget_everything()  # What was remembered of the lost transaction never was.
        for row in rows:
            _alone(row.id, work, now)
    return len(rows)


def _alone(row_id: UUID, work: Work, now: datetime) -> None:
    try:
        with transaction.atomic():
            waiting = QueuedEvent.objects.filter(id=row_id, state="queued")
            _process(list(waiting.select_for_update(skip_locked=True)), work, now)
    except BrokenSealError as error:
        _put_back(row_id, error.code, now, is_hopeless=True)
    except Exception as error:
        logger.exception("A queued event failed", extra={"execution_id": str(row_id)})
        forget_everything()
        _put_back(row_id, type(error).__name__, now)


def _claim(now: datetime, most: int) -> QuerySet[QueuedEvent]:
    due = QueuedEvent.objects.filter(state="queued", due_at__lte=now).order_by("due_at")
    return due.select_for_update(skip_locked=True)[:most]


def _process(rows: Sequence[QueuedEvent], work: Work, now: datetime) -> None:
    if not rows:
        return
    events = [_waiting(row) for row in rows]
    for row, answer in zip(rows, work(events), strict=True):
        row.state, row.answer, row.finished_at = "done", dict(answer), now
        row.payload = {}  # It has served: no message text stays longer than it must.
    QueuedEvent.objects.bulk_update(rows, ["state", "answer", "finished_at", "payload"])


def _waiting(row: QueuedEvent) -> Waiting:
    proves_author = row.payload.get("proves_author") is True
    return Waiting(row.id, row.community_id, _event(row.payload), proves_author)


def _kept(event: Event) -> dict[str, Any]:
    """Return an event as it waits: a text that may hold a code is sealed, as no code is kept."""
    kept = asdict(event)
    if MAY_BE_A_CODE.search(event.message_content):
        kept["message_content"] = ""
        kept["sealed_content"] = seal(event.message_content.encode()).decode()
    return kept


def _event(payload: Mapping[str, Any]) -> Event:
    event = msgspec.convert(payload, Event)
    if sealed := payload.get("sealed_content"):
        return replace(event, message_content=unseal(sealed.encode()).decode())
    return event


def _put_back(row_id: UUID, error: str, now: datetime, *, is_hopeless: bool = False) -> None:
    with transaction.atomic():
        row = QueuedEvent.objects.select_for_update().get(id=row_id)
        row.attempts += 1
        row.error = error
        row.due_at = now + timedelta(seconds=2**row.attempts)
        if is_hopeless or row.attempts >= MOST_ATTEMPTS:
            row.state, row.finished_at = "dead", now
        row.save(update_fields=["attempts", "error", "due_at", "state", "finished_at"])
