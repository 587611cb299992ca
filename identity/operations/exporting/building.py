"""Building the exports people asked for.

A worker that has one in hand says so in its row now and then; when it falls silent, the next one
takes the export over. The number of attempts tells the two apart.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Final

from django.db import transaction
from django.db.models import QuerySet

from identity.models import DataExport, ExportPart, User
from identity.models.lives import EXPORT_LIFE
from identity.operations.audit import record
from identity.operations.exporting.archive import TooLongError, write_archive
from identity.operations.exporting.requests import IN_WORK
from identity.operations.letters import send_letter
from identity.queries.personal import sources_of
from waddlebot.lib.sealing import seal

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
MOST_ATTEMPTS: Final = 5
PART: Final = 1024 * 1024
LETTER: Final = """\
Your export is ready. Sign in to WaddleBot within 24 hours to fetch it.

If you did not ask for it, somebody else has access to your account: change your password,
end your sessions and revoke your API keys.
"""

Clock = Callable[[], datetime]


class TakenOverError(Exception):
    """Another worker has this export in hand now, or it is gone."""


def build_exports(*, clock: Clock) -> int:
    """Build what is asked for until nothing is left; return how many were taken up."""
    taken = 0
    while export := _claim(clock()):
        _build(export, clock)
        taken += 1
    return taken


def _claim(now: datetime) -> DataExport | None:
    with transaction.atomic():
        due = DataExport.objects.filter(state__in=IN_WORK, due_at__lte=now).order_by("due_at")
        export = due.select_for_update(skip_locked=True).first()
        if export is not None:
            export.state, export.started_at = DataExport.State.RUNNING, now
            export.attempts += 1
            export.tables_done, export.due_at = 0, now + LEASE
            export.save(update_fields=["state", "started_at", "attempts", "tables_done", "due_at"])
    return export


def _build(export: DataExport, clock: Clock) -> None:
    facts = {"export_id": str(export.pk)}
    try:
        if export.attempts > MOST_ATTEMPTS:
            _fail(export, "gave_up", clock())
            return
        with TemporaryFile() as file:
            _write(export, file, clock)
            _keep(export, file, clock())
    except TakenOverError:
        logger.warning("An export was taken over", extra=facts)
    except TooLongError:
        _fail(export, "too_large", clock())
    except Exception:
        logger.exception("An export failed", extra=facts)
        _put_back(export, clock())


def _write(export: DataExport, file: IO[bytes], clock: Clock) -> None:
    sources = sources_of(export.user_id)

    def tick(done: int) -> None:
        progress = {"tables_done": done, "tables_total": len(sources)}
        if not _in_hand(export).update(**progress, due_at=clock() + LEASE):
            raise TakenOverError

    account = User.objects.values_list("public_id", flat=True).get(pk=export.user_id)
    write_archive(sources, file, account=account, now=clock(), tick=tick)


def _keep(export: DataExport, file: IO[bytes], now: datetime) -> None:
    size = file.tell()
    file.seek(0)
    with transaction.atomic():
        ended = {"state": DataExport.State.DONE, "finished_at": now, "size": size}
        if not _in_hand(export).update(**ended, expires_at=now + EXPORT_LIFE):
            raise TakenOverError
        for number, piece in enumerate(iter(partial(file.read, PART), b"")):
            ExportPart.objects.create(export=export, number=number, sealed=seal(piece))
        transaction.on_commit(partial(_tell, export.user_id))
        _record("export_built", export, "success", now)


def _tell(user_id: int) -> None:
    address = User.objects.values_list("email", flat=True).get(pk=user_id)
    send_letter(address=address, subject="Your data is ready", text=LETTER)


def _put_back(export: DataExport, now: datetime) -> None:
    if export.attempts >= MOST_ATTEMPTS:
        _fail(export, "gave_up", now)
        return
    due_at = now + timedelta(seconds=10 * 2**export.attempts)
    _in_hand(export).update(state=DataExport.State.QUEUED, due_at=due_at)


def _fail(export: DataExport, error: str, now: datetime) -> None:
    with transaction.atomic():
        failed = {"state": DataExport.State.FAILED, "error": error, "finished_at": now}
        if _in_hand(export).update(**failed):
            _record("export_built", export, "failure", now)


def _in_hand(export: DataExport) -> "QuerySet[DataExport]":
    running = DataExport.objects.filter(pk=export.pk, state=DataExport.State.RUNNING)
    return running.filter(attempts=export.attempts)


def _record(action: str, export: DataExport, outcome: str, now: datetime) -> None:
    record(
        category="audit",
        action=action,
        outcome=outcome,
        actor="system",
        target=f"user:{export.user_id}",
        details={"export": str(export.pk)},
        now=now,
    )
