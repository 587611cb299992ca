"""Jobs, and the files they leave."""

import csv
import zlib
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from labels.data import Status
from labels.models import Job, JobPart
from waddlebot.lib.errors import ConflictError, NotFoundError

COUNTS: Final = ("done", "total", "created", "unchanged", "replaced", "removed", "error_count")
IN_WORK: Final = (Job.State.QUEUED, Job.State.RUNNING)
OUTCOME: Final = ("line", "status", "code", "detail")
"""What a result puts in front of each line."""
STATUS: Final = OUTCOME.index("status")


class JobInWorkError(ConflictError):
    code = "job_in_work"

    def __init__(self) -> None:
        super().__init__("The result is there when the job has ended.")


def jobs_of(community_id: int) -> "QuerySet[Job]":
    """Return the jobs whose file came to its end."""
    return Job.objects.filter(community_id=community_id).exclude(state=Job.State.UPLOADING)


def job_by_id(job_id: str) -> Job:
    try:
        return Job.objects.exclude(state=Job.State.UPLOADING).get(pk=UUID(job_id))
    except (ValueError, Job.DoesNotExist):
        raise NotFoundError from None


def job_facts(job_id: str) -> dict[str, Any]:
    return facts_of(job_by_id(job_id))


def facts_of(job: Job) -> dict[str, Any]:
    """Return what is told about a job."""
    params = job.params
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "community": job.community_id,
        "state": job.state,
        **{name: getattr(job, name) for name in COUNTS},
        "errors": job.errors,
        "failure": job.failure or None,
        "action": "remove" if params["removes"] else "add",
        "dry_run": params["is_trial"],
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }


def result_of(job: Job, *, errors_only: bool) -> Iterator[bytes]:
    """Return the CSV of what became of each line, a chunk at a time; of errors alone on demand."""
    if job.state in IN_WORK:
        raise JobInWorkError
    parts = JobPart.objects.filter(job=job, side=JobPart.Side.RESULT).order_by("number")
    numbers = list(parts.values_list("number", flat=True))
    if not numbers:
        raise NotFoundError("There is no result, or it was removed.")
    header = [*OUTCOME, *(name for name in job.params["columns"] if name not in OUTCOME)]
    return _pieces(parts, numbers, header, errors_only=errors_only)


def _pieces(
    parts: "QuerySet[JobPart]", numbers: Sequence[int], header: Sequence[str], *, errors_only: bool
) -> Iterator[bytes]:
    yield (",".join(header) + "\r\n").encode()
    for number in numbers:
        # It may be removed while it is fetched.
        part = parts.filter(number=number).first()
        table = zlib.decompress(part.data) if part else b""
        yield _errors_in(table) if errors_only else table


def _errors_in(table: bytes) -> bytes:
    text = StringIO(newline="")
    rows = csv.reader(StringIO(table.decode(), newline=""))
    csv.writer(text).writerows(row for row in rows if row[STATUS] == Status.ERROR)
    return text.getvalue().encode()
