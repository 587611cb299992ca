"""Was an event that came before really processed, or did its process die on the way?"""

import time
from typing import Final
from uuid import UUID

from core_router.models import CommandExecution, ModerationEntry

WAIT_S: Final = 1.0
POLL_S: Final = 0.05

ROWS: Final = {"c": CommandExecution.objects, "m": ModerationEntry.objects}


def is_lost(stored: str) -> bool:
    """Return whether the row that the first processing owes is still missing after a second.

    `stored` is what the gate kept: one letter for the table a row is due in (`-` for none) and
    the execution id. The wait is for a first processing that is still on its way.
    """
    rows = ROWS.get(stored[:1])
    if rows is None:
        return False
    owed = rows.filter(pk=UUID(stored[1:]))
    deadline = time.monotonic() + WAIT_S
    while not owed.exists():
        if time.monotonic() > deadline:
            return True
        time.sleep(POLL_S)
    return False
