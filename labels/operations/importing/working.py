"""Carrying imports out: a slice of one job at a time, by whichever worker comes.

A chunk of lines, what became of them and where to go on are written in one transaction, which
begins by locking the job: a worker that dies leaves its last chunk undone, and one that was taken
over finds out before it writes. The number of attempts tells the two apart.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from labels.models import Job
from labels.operations.importing.chunks import Record, Refusals, do_chunk, records_of
from labels.operations.importing.ending import end, in_hand
from labels.operations.importing.intake import TASK, Clock
from labels.queries.jobs import IN_WORK
from waddlebot.lib.nudge import nudge
from waddlebot.lib.retries import in_transaction

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=15)
"""How long a worker may be silent between two chunks; in a chunk nobody can take it over."""
SLICE: Final = timedelta(seconds=5)
"""After so long it is another job's turn."""
MOST_FAILURES: Final = 5
MOST_DEATHS: Final = 20
"""A worker that is killed says nothing; so many in a row died of the same lines."""


class TakenOverError(Exception):
    """Another worker has this job in hand now, or it was cancelled."""


def run_slice(*, clock: Clock, refusals: Refusals) -> bool:
    """Work for a while on the job that waited longest; return whether there was one."""
    job = _claim(clock())
    if job is None:
        return False
    facts = {"job_id": str(job.pk)}
    try:
        if job.failures > MOST_DEATHS:
            end(job, Job.State.FAILED, "Its workers died, one after the other.", now=clock())
        else:
            _work(job, clock, refusals)
    except TakenOverError:
        logger.warning("An import was taken over or cancelled", extra=facts)
    except Exception as error:
        logger.exception("An import failed", extra=facts)
        _put_back(job, type(error).__name__, clock())
    nudge(TASK)
    return True


def _claim(now: datetime) -> Job | None:
    with transaction.atomic():
        due = Job.objects.filter(state__in=IN_WORK, due_at__lte=now).order_by("due_at")
        job = due.select_for_update(skip_locked=True, no_key=True).first()
        if job is not None:
            job.state, job.due_at = Job.State.RUNNING, now + LEASE
            job.started_at = job.started_at or now
            job.attempts += 1
            job.failures += 1
            job.save(update_fields=["state", "due_at", "started_at", "attempts", "failures"])
    return job


def _work(job: Job, clock: Clock, refusals: Refusals) -> None:
    until = clock() + SLICE
    waiting = records_of(job)
    while chunk := list(islice(waiting, settings.BULK_OPERATION_SIZE)):
        for name, value in _do(job, chunk, refusals, clock()).items():
            setattr(job, name, value)
        if clock() >= until:
            in_hand(job).update(due_at=clock())
            return
    end(job, Job.State.DONE, now=clock())


@in_transaction
def _do(job: Job, chunk: Sequence[Record], refusals: Refusals, now: datetime) -> dict[str, Any]:
    """Do a chunk, as long as the job is ours; return what is new of it."""
    if not in_hand(job).update(due_at=now + LEASE):
        raise TakenOverError
    values = do_chunk(job, chunk, refusals=refusals, now=now)
    in_hand(job).update(**values)
    return values


def _put_back(job: Job, error: str, now: datetime) -> None:
    if job.failures >= MOST_FAILURES:
        reason = f"{error} after {job.done} of {job.total} lines. A retry goes on from there."
        end(job, Job.State.FAILED, reason, now=now)
        return
    due_at = now + timedelta(seconds=2**job.failures)
    in_hand(job).update(state=Job.State.QUEUED, due_at=due_at)
