"""Was an event that came before really processed, or did its process die on the way?"""

import time
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from core_router.models import CommandExecution, EngineCall, EventDelivery, ModerationEntry
from core_router.pipeline.slots import slots

WAIT: Final = timedelta(seconds=1)
POLL_S: Final = 0.05

ROWS: Final = {
    "c": (CommandExecution.objects, "pk"),
    "m": (ModerationEntry.objects, "pk"),
    "d": (EventDelivery.objects, "execution_id"),
}


def is_lost(stored: str) -> bool:
    """Return whether the row that the first processing owes is still missing after a second.

    `stored` is what the gate kept: one letter for the table a row is due in (`-` for none) and
    the execution id. The wait is for a first processing that is still on its way (a capital
    letter says that it has ended in the middle); for one that waits for a module outside it
    lasts as long as that may take.
    """
    letter = stored[:1]
    if letter.lower() not in ROWS:
        return False
    rows, name = ROWS[letter.lower()]
    execution_id = UUID(stored[1:])
    owed = rows.filter(**{name: execution_id})
    if owed.exists():
        return False
    deadline = timezone.now() + (WAIT if letter.islower() else timedelta())
    # Those who repeat themselves while a module is slow take no place from anybody else.
    with slots.waiting(in_turn=False):
        return _is_missing(owed, execution_id, deadline)


def _is_missing(owed: "QuerySet[Any]", execution_id: UUID, deadline: datetime) -> bool:
    calls = EngineCall.objects.filter(pk=execution_id)
    handed_over = EventDelivery.objects.filter(pk=execution_id)
    while not owed.exists():
        if handed_over.exists():
            return False
        call = calls.first()
        if call is not None:
            if call.state != "running":
                return False
            deadline = call.deadline_at
        if timezone.now() > deadline:
            return True
        time.sleep(POLL_S)
    return False
