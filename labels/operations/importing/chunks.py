"""A chunk of lines: read, done, and written down."""

import csv
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import StringIO
from typing import Any, Final

from labels.data import Giver, Kind, Result, Source, Status
from labels.models import Job, JobPart, Label
from labels.operations.assigning import Asker
from labels.operations.importing.applying import carry_out, try_out
from labels.operations.importing.lines import LineReader, within
from labels.operations.importing.splitting import records
from labels.queries.jobs import OUTCOME
from waddlebot.lib.cells import cell

MOST_ERRORS: Final = 100
COUNTED: Final = (Status.CREATED, Status.UNCHANGED, Status.REPLACED, Status.REMOVED)

Refusals = Callable[[int | None, int, Iterable[Label]], Mapping[int, str]]
"""(person, community, labels) → which of them this person may not give, and why."""


@dataclass(frozen=True, slots=True)
class Record:
    """Cells of a file: the `index`-th record of a part, beginning on that line."""

    part: int
    index: int
    line: int
    cells: list[str]


def records_of(job: Job) -> Iterator[Record]:
    """Yield what is left to do, a part at a time."""
    number, skipped = job.next_part, job.next_line
    inputs = JobPart.objects.filter(job=job, side=JobPart.Side.INPUT).order_by("number")
    while part := inputs.filter(number__gte=number).first():
        text = zlib.decompress(part.data).decode()
        for index, (cells, before, _) in enumerate(records(text, job.params["delimiter"])):
            if index >= skipped:
                kept = within(cells, len(job.params["columns"]))
                yield Record(part.number, index, part.first_line + before, kept)
        number, skipped = part.number + 1, 0


def do_chunk(
    job: Job, chunk: Sequence[Record], *, refusals: Refusals, now: datetime
) -> dict[str, Any]:
    """Do what the lines wish for and write what became of them; return what is new of the job."""
    params = job.params
    reader = LineReader(params["columns"], kind=Kind(params["kind"]), removes=params["removes"])
    read = [(each, line) for each in chunk if (line := reader.read(each.cells)) is not None]
    asker = Asker(
        Giver(job.actor, Source.IMPORT, str(job.pk)),
        partial(refusals, params["asker_id"], job.community_id),
    )
    work = try_out if params["is_trial"] else carry_out
    results = work(job.community_id, [line for _, line in read], asker, now)
    done = [(each, result) for (each, _), result in zip(read, results, strict=True)]
    JobPart.objects.create(
        job=job,
        side=JobPart.Side.RESULT,
        number=job.done,
        data=zlib.compress(_table(done, params["columns"]).encode(), level=1),
    )
    return _progress(job, chunk, done)


def _progress(
    job: Job, chunk: Sequence[Record], done: Sequence[tuple[Record, Result]]
) -> dict[str, Any]:
    counts = Counter(result.status for _, result in done)
    errors = [
        {"line": each.line, "code": result.code, "detail": result.detail}
        for each, result in done
        if result.status is Status.ERROR
    ]
    return {
        **{status.value: getattr(job, status.value) + counts[status] for status in COUNTED},
        "done": job.done + len(chunk),
        "error_count": job.error_count + len(errors),
        "errors": [*job.errors, *errors][:MOST_ERRORS],
        "next_part": chunk[-1].part,
        "next_line": chunk[-1].index + 1,
        "failures": 0,
    }


def _table(done: Iterable[tuple[Record, Result]], columns: Sequence[str]) -> str:
    shown = [place for place, name in enumerate(columns) if name not in OUTCOME]
    text = StringIO(newline="")
    rows = csv.writer(text)
    for each, result in done:
        cells = (cell(each.cells[place]) for place in shown if place < len(each.cells))
        rows.writerow([each.line, result.status.value, result.code, result.detail, *cells])
    return text.getvalue()
