"""Where the AAA log tells of somebody: by number, never by name."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet

from identity.models import AuditEvent
from identity.queries.people import ids_of
from identity.queries.personal import ANOTHER, pages, words_for
from identity.registry import Departure
from waddlebot.lib.ids import moment_of

COLUMNS: Final = (
    "id", "category", "action", "outcome", "actor", "community_id", "target", "ip", "details",
)  # fmt: skip


def audit_events_of(user_id: int) -> Iterator[dict[str, Any]]:
    """Return what somebody did, and what others did to them without who those were."""
    words = words_for(ids_of(user_id))
    for row in pages(_events(words), COLUMNS):
        yield {"at": moment_of(row["id"])} | without_others(row, words)


def without_others(row: dict[str, Any], words: Collection[str]) -> dict[str, Any]:
    """Return a row for somebody whom `words` name: of others it tells neither who nor whence."""
    if row["actor"] in words:
        return row
    return row | {"actor": ANOTHER if ":" in row["actor"] else row["actor"], "ip": None}


def count_audit_events(departure: Departure) -> int:
    return _events(words_for(departure.user_ids)).count()


def _events(words: Sequence[str]) -> "QuerySet[AuditEvent]":
    return AuditEvent.objects.filter(Q(actor__in=words) | Q(target__in=words))
