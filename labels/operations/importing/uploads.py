"""Receiving the file of an import.

An upload that breaks off leaves nothing: whoever receives it clears up, and what died with its
process is swept.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, Final

from django.db import Error

from labels.operations.importing.intake import SILENCE, Clock, Intake, Stream, refuse_too_large
from labels.operations.importing.order import ImportOrder
from labels.operations.importing.places import take_place
from labels.queries.jobs import facts_of
from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.idempotency import ReusedError

AT_ONCE: Final = BoundedSemaphore(8)
"""Uploads in this process: each holds a thread for as long as its sender likes."""


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
    with _one_of_few():
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


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not AT_ONCE.acquire(blocking=False):
        raise UnavailableError("Many files are being sent. Try again shortly.", retry_after_s=10)
    try:
        yield
    finally:
        AT_ONCE.release()
