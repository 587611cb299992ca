"""Points counted by this process while Redis was away, on their way to PostgreSQL.

They are written once a second, by the next event that comes. A process killed in the meantime
loses what it had counted since.
"""

import logging
import threading
import time
from collections import Counter, defaultdict
from typing import Final

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from identity import api as identity

logger = logging.getLogger(__name__)

WRITE_EVERY_S: Final = 1.0


class Uncounted:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[int, Counter[str]] = defaultdict(Counter)
        self._due = 0.0

    def add(self, community_id: int, field: str, by: int) -> None:
        with self._lock:
            if not self._counts:
                self._due = time.monotonic() + WRITE_EVERY_S
            self._counts[community_id][field] += by

    def write_when_due(self) -> None:
        if self._counts and time.monotonic() >= self._due:
            # A transaction around the event may yet be rolled back, and these with it.
            transaction.on_commit(self.write)

    def write(self) -> None:
        with self._lock:
            counts, self._counts = self._counts, defaultdict(Counter)
        for community_id, fields in counts.items():
            try:
                identity.add_points(community_id=community_id, counts=fields, now=timezone.now())
            except DatabaseError as error:
                logger.warning("Points wait in memory", extra={"error": type(error).__name__})
                # A broken connection would break the next event too.
                connection.close()
                for field, count in fields.items():
                    self.add(community_id, field, count)
