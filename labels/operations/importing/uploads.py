"""Receiving the file of an import.

An upload that breaks off leaves nothing: whoever receives it clears up, and what died with its
process is swept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from django.db import Error

from labels.operations.importing.intake import SILENCE, Clock, Intake, Stream, refuse_too_large
from labels.operations.importing.order import ImportOrder
from labels.operations.importing.places import AT_ONCE as OF_ONE
from labels.operations.importing.places import TooManyImportsError, take_place
from labels.queries.jobs import facts_of
from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.idempotency import ReusedError

AT_ONCE: Final = 8
"""Uploads in this process: each holds a thread for as long as its sender likes."""


class _Slots:
    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: Counter[int] = Counter()

    @contextmanager
    def one(self, community_id: int) -> Iterator[None]:
        with self._lock:
            if self._taken[community_id] >= OF_ONE:
                raise TooManyImportsError
            if self._taken.total() >= AT_ONCE:
                detail = "Many files are being sent. Try again shortly."
                raise UnavailableError(detail, retry_after_s=10)
            self._taken[community_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[community_id] -= 1
                self._taken += Counter()  # Those at zero go.


_slots = _Slots()


@dataclass(frozen=True, slots=True)
class Received:
    """The facts of a job; `is_repeated` when the file and its Idempotency-Key came before."""

    facts: Mapping[str, Any]
    is_repeated: bool = False


def receive(
    *, stream: Stream, size: int | None, order: ImportOrder, key: str = "", clock: Clock
) -> Received:
    """Keep a file and queue the import of it; return its job.

    The same `key` and the same file mean the job of the first time. `size` is what the sender
    promised: less is a broken upload, and leaves nothing.
    """
    refuse_too_large(size or 0)
    with _slots.one(order.community_id):
        now = clock()
        place = take_place(order, key, until=now + SILENCE, now=now)
        intake = Intake(place.job, order, clock)
        if place.is_taken_before:
            for _ in intake.pieces(stream, size):
                """Only the digest is of interest."""
            if intake.digest.hexdigest() != place.job.content_sha256:
                raise ReusedError
            return Received(facts_of(place.job), is_repeated=True)
        try:
            intake.keep(stream, size)
        except BaseException:
            # The database may be what broke; then the sweep finds the rest.
            with suppress(Error):
                place.job.delete()
            raise
        return Received(facts_of(place.job))
