"""The AAA log as a table for spreadsheets, a page of rows at a time."""

import csv
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from identity.models import AuditEvent
from waddlebot.lib.cells import cell
from waddlebot.lib.ids import moment_of

MOST_ROWS: Final = 100_000
PAGE: Final = 1_000
COLUMNS: Final = (
    "id", "at", "category", "action", "outcome", "actor", "community_id", "target", "ip",
    "request_id", "details",
)  # fmt: skip


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def last_of_table(events: "QuerySet[AuditEvent]") -> UUID | None:
    """Return the id of the last row the table has room for, when there are more behind it."""
    ids = events.order_by("-id").values_list("id", flat=True)
    around = list(ids[MOST_ROWS - 1 : MOST_ROWS + 1])
    return around[0] if len(around) > 1 else None


def table_of(events: "QuerySet[AuditEvent]") -> Iterator[str]:
    """Yield the lines, newest first; a list of a few thousand rows never stands in memory."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    left, page = MOST_ROWS, list(events.order_by("-id")[:PAGE])
    while page:
        for row in page:
            yield writer.writerow(_cells(row))
        left -= len(page)
        rest = events.filter(id__lt=page[-1].id).order_by("-id")
        page = list(rest[: min(PAGE, left)]) if len(page) == PAGE and left else []


def _cells(row: AuditEvent) -> list[str]:
    values = {name: getattr(row, name, None) for name in COLUMNS}
    values |= {"id": str(row.pk), "at": f"{moment_of(row.pk):%Y-%m-%dT%H:%M:%S.%fZ}"}
    return [cell(values[name]) for name in COLUMNS]
