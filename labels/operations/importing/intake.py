"""Keeping a file while it comes: a piece at a time, each of them a row before the next is read."""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

import msgspec
from django.conf import settings
from django.db import transaction

from identity.api import record
from labels.models import Job, JobPart
from labels.operations.importing.header import columns_of
from labels.operations.importing.order import ImportOrder
from labels.operations.importing.splitting import Piece, Splitter
from waddlebot.lib.errors import ConflictError
from waddlebot.lib.nudge import nudge
from waddlebot.lib.problems import MalformedError, TooLargeError

TASK: Final = "labels.tasks.run_import"
READ: Final = 1024 * 1024
SILENCE: Final = timedelta(minutes=10)
"""How long the next piece may take to come."""

Clock = Callable[[], datetime]


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class LostUploadError(ConflictError):
    """It was silent for too long, and is swept."""

    code = "upload_lost"

    def __init__(self) -> None:
        super().__init__("The upload took too long between two pieces. Send it again.")


class Intake:
    """What has come so far of the file of one job."""

    def __init__(self, job: Job, order: ImportOrder, clock: Clock) -> None:
        self.job, self.clock = job, clock
        self.size = self.parts = 0
        asked = (order.kind, order.removes, order.is_trial)
        self.digest = hashlib.sha256(msgspec.json.encode(asked))

    def pieces(self, stream: Stream, size: int | None) -> Iterator[bytes]:
        """Yield what comes, counted and digested. Raises MalformedError for less than promised."""
        while data := stream.read(READ):
            self.size += len(data)
            refuse_too_large(self.size)
            self.digest.update(data)
            yield data
        if size is not None and self.size < size:
            raise MalformedError("The upload broke off.")

    def keep(self, stream: Stream, size: int | None) -> None:
        """Write the parts of the job, and with the last one that it is queued."""
        splitter = Splitter()
        for data in self.pieces(stream, size):
            piece = splitter.feed(data)
            if splitter.header and not self.parts:
                columns_of(splitter.header)  # What cannot be imported is not read to its end.
            with transaction.atomic():
                self._progress(due_at=self.clock() + SILENCE)
                self._add(piece)
        piece = splitter.feed(b"", is_last=True)
        columns = columns_of(splitter.header)
        with transaction.atomic():
            self._add(piece)
            self._queue({"columns": columns, "delimiter": splitter.delimiter}, self.clock())

    def _add(self, piece: Piece) -> None:
        if not piece.records:
            return
        self.job.total += piece.records
        JobPart.objects.create(
            job=self.job,
            side=JobPart.Side.INPUT,
            number=self.parts,
            first_line=piece.first_line,
            data=zlib.compress(piece.text.encode(), level=1),
        )
        self.parts += 1

    def _queue(self, layout: dict[str, Any], now: datetime) -> None:
        self._progress(
            state=Job.State.QUEUED,
            created_at=now,
            due_at=now,
            params=self.job.params | layout,
            total=self.job.total,
            size=self.size,
            content_sha256=self.digest.hexdigest(),
        )
        transaction.on_commit(partial(nudge, TASK))
        record(
            category="audit",
            action="label_import_started",
            actor=self.job.actor,
            community_id=self.job.community_id,
            target=f"job:{self.job.pk}",
            details={"before": {}, "after": {"lines": self.job.total, **self.job.params}},
            now=now,
        )

    def _progress(self, **values: Any) -> None:
        mine = Job.objects.filter(pk=self.job.pk, state=Job.State.UPLOADING)
        if not mine.update(**values):
            raise LostUploadError
        for name, value in values.items():
            setattr(self.job, name, value)


def refuse_too_large(size: int) -> None:
    most = settings.LABELS_IMPORT_MAX_MB
    if size > most * 1024 * 1024:
        raise TooLargeError(f"An import may have {most} MB. Send it in pieces.")
