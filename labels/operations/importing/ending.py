"""How imports end: done, failed or cancelled; and how one that did not get far goes on."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from identity.api import Departure, record
from labels.models import Job, JobPart
from labels.operations.importing.intake import TASK
from labels.operations.importing.places import hold_places, refuse_too_many
from labels.queries.jobs import IN_WORK
from waddlebot.lib.errors import ConflictError
from waddlebot.lib.nudge import nudge

PARTS_KEPT: Final = timedelta(days=7)
ROWS_KEPT: Final = timedelta(days=90)
ENDED: Final = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
RESUMABLE: Final = (Job.State.FAILED, Job.State.CANCELLED)


class JobEndedError(ConflictError):
    code = "job_ended"


class JobNotResumableError(ConflictError):
    code = "job_not_resumable"


def in_hand(job: Job) -> "QuerySet[Job]":
    """Return the row of a job while the worker that claimed it still has it."""
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    return running.filter(attempts=job.attempts)


def end(job: Job, state: Job.State, failure: str = "", *, now: datetime) -> None:
    """End a job, if it is still in hand. When it is done its file goes: nobody needs it again."""
    with transaction.atomic():
        ended = {"state": state, "failure": failure, "finished_at": now}
        if not in_hand(job).update(**ended):
            return
        if state == Job.State.DONE:
            JobPart.objects.filter(job=job, side=JobPart.Side.INPUT).delete()
        job.refresh_from_db()
        _record("label_import_ended", job, "system", Job.State.RUNNING, now)


def cancel(job_id: UUID, *, actor: str, now: datetime) -> Job:
    """Stop a job between two chunks: what is done stays done, the rest is not begun."""
    with transaction.atomic():
        # Waits for the chunk that is being written.
        mine = Job.objects.select_for_update(no_key=True).get(pk=job_id)
        if mine.state == Job.State.CANCELLED:
            return mine
        if mine.state not in IN_WORK:
            raise JobEndedError(f"This job is {mine.state} already.")
        before, mine.state, mine.finished_at = mine.state, Job.State.CANCELLED, now
        mine.save(update_fields=["state", "finished_at"])
        _record("label_import_cancelled", mine, actor, before, now)
    return mine


def retry(job_id: UUID, *, actor: str, now: datetime) -> Job:
    """Let a job that failed or was cancelled go on where it stopped."""
    with transaction.atomic():
        hold_places(Job.objects.values_list("community_id", flat=True).get(pk=job_id), now)
        mine = Job.objects.select_for_update(no_key=True).get(pk=job_id)
        if mine.state not in RESUMABLE:
            raise JobNotResumableError(f"This job is {mine.state}.")
        if not mine.parts.filter(side=JobPart.Side.INPUT).exists():
            raise JobNotResumableError("Its file is gone. Send it again.")
        refuse_too_many(mine.community_id)
        before, mine.state = mine.state, Job.State.QUEUED
        mine.failures, mine.failure, mine.finished_at, mine.due_at = 0, "", None, now
        mine.save(update_fields=["state", "failures", "failure", "finished_at", "due_at"])
        transaction.on_commit(partial(nudge, TASK))
        _record("label_import_retried", mine, actor, before, now)
    return mine


def tidy(*, now: datetime) -> int:
    """Remove lost uploads, files and results a week after the end, and jobs nobody looks at."""
    lost = Job.objects.filter(state=Job.State.UPLOADING, due_at__lte=now)
    removed = lost.delete()[0]
    ended = Job.objects.filter(state__in=ENDED, finished_at__lte=now - PARTS_KEPT)
    removed += JobPart.objects.filter(job__in=ended).delete()[0]
    return removed + ended.filter(finished_at__lte=now - ROWS_KEPT).delete()[0]


def forget_files(departure: Departure) -> int:
    """Remove the files and results that may name somebody who is being erased."""
    ended = Job.objects.filter(community_id__in=departure.community_ids, state__in=ENDED)
    return JobPart.objects.filter(job__in=ended).delete()[0]


def _record(action: str, job: Job, actor: str, before: str, now: datetime) -> None:
    counts = ("done", "created", "unchanged", "replaced", "removed", "error_count")
    record(
        category="audit",
        action=action,
        outcome="failure" if job.state == Job.State.FAILED else "success",
        actor=actor,
        community_id=job.community_id,
        target=f"job:{job.pk}",
        details={
            "before": {"state": before},
            "after": {"state": job.state} | {name: getattr(job, name) for name in counts},
        },
        now=now,
    )
