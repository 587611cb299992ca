"""Exports of all that is kept about somebody: asked for, fetched, and gone after 24 hours."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from identity.models import DataExport, User
from identity.operations.audit import record
from waddlebot.lib.limits import hit
from waddlebot.lib.nudge import nudge
from waddlebot.lib.problems import RateLimitedError

TASK: Final = "identity.tasks.build_exports"
A_DAY: Final = 3
DOWNLOADS_AN_HOUR: Final = 20
ROWS_KEPT: Final = timedelta(days=30)
IN_WORK: Final = (DataExport.State.QUEUED, DataExport.State.RUNNING)


class TooManyExportsError(RateLimitedError):
    code = "too_many_exports"


def request_export(*, user_id: int, actor: str, now: datetime) -> DataExport:
    """Return the export in work, or a new one. There are at most three a day."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)
        exports = DataExport.objects.filter(user_id=user_id)
        in_work = exports.filter(state__in=IN_WORK).first()
        if in_work is not None:
            return in_work
        _refuse_too_many(list(exports.filter(created_at__gt=now - timedelta(days=1))), now)
        export = DataExport.objects.create(user_id=user_id, created_at=now, due_at=now)
        transaction.on_commit(partial(nudge, TASK))
        _record("export_requested", export, actor, now)
    return export


def note_download(export: DataExport, *, now: datetime) -> None:
    """Write down that somebody who has the link fetches the zip; raise when it is too often."""
    verdict = hit(f"wb:export:{export.pk}", DOWNLOADS_AN_HOUR, 3600)
    if not verdict.allowed:
        raise RateLimitedError("This was fetched very often.", retry_after_s=verdict.reset_s)
    _record("export_downloaded", export, "anonymous", now)


def tidy_exports(*, now: datetime) -> int:
    """Remove the zips of ended exports, and rows nobody looks at; return how many zips went."""
    ended = DataExport.objects.filter(state=DataExport.State.DONE, expires_at__lte=now)
    removed = 0
    for export in ended.filter(parts__isnull=False).distinct():
        export.parts.all().delete()
        removed += 1
    DataExport.objects.filter(created_at__lt=now - ROWS_KEPT).exclude(state__in=IN_WORK).delete()
    return removed


def _refuse_too_many(recent: list[DataExport], now: datetime) -> None:
    if len(recent) >= A_DAY:
        free_at = min(each.created_at for each in recent) + timedelta(days=1)
        raise TooManyExportsError(
            f"There are at most {A_DAY} exports a day.",
            retry_after_s=(free_at - now).total_seconds(),
        )


def _record(action: str, export: DataExport, actor: str, now: datetime) -> None:
    record(
        category="audit",
        action=action,
        actor=actor,
        target=f"user:{export.user_id}",
        details={"export": str(export.pk)},
        now=now,
    )
