"""Reading the AAA log, and proving that nobody has touched it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from identity.models import ApiKey, AuditEvent
from identity.queries.people import ids_of
from waddlebot.lib.ids import first_id_of

HASHED = (
    "id", "category", "action", "outcome", "actor", "community_id", "target", "ip", "request_id",
    "details", "day", "position",
)  # fmt: skip


LAST: Final = """
SELECT id, position, hash FROM audit_events WHERE id >= %s AND id < %s AND day = %s
ORDER BY id DESC LIMIT 1
"""
FIRST_HASH: Final = bytes(32)
MOST_KEYS: Final = 200


@dataclass(frozen=True, slots=True)
class Proof:
    """How many rows hold together, and the first that does not, if any."""

    rows: int
    head: str
    broken_id: UUID | None = None
    reason: str = ""


def hash_of(event: AuditEvent) -> bytes:
    content = {name: getattr(event, name) for name in HASHED}
    # PostgreSQL and Python do not write every address alike.
    content["ip"] = event.ip and ip_address(event.ip).packed.hex()
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(bytes(event.previous_hash) + canonical.encode()).digest()


def of_day(day: date) -> "QuerySet[AuditEvent]":
    first, end = bounds_of(day)
    # The ids hold the time, so the bounds keep the search to one partition.
    return AuditEvent.objects.filter(id__gte=first, id__lt=end, day=day)


def last_of_day(day: date) -> tuple[UUID, int, bytes] | None:
    """Return id, position and hash of the last row of a day: asked whenever one is written."""
    first, end = bounds_of(day)
    with connection.cursor() as cursor:
        cursor.execute(LAST, [first, end, day])
        row = cursor.fetchone()
    return None if row is None else (row[0], row[1], bytes(row[2]))


def bounds_of(day: date) -> tuple[UUID, UUID]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return first_id_of(midnight), first_id_of(midnight + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are wanted; what is None or empty does not matter. `until` itself is too late."""

    category: str = ""
    action: str = ""
    outcome: str = ""
    actor: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


ANY: Final = AuditFilter()


def audit_events(community_id: int | None, wanted: AuditFilter = ANY) -> "QuerySet[AuditEvent]":
    """Return the rows of one community, or all."""
    events = _matching(wanted)
    return events if community_id is None else events.filter(community_id=community_id)


def events_about(user_id: int, wanted: AuditFilter = ANY) -> "QuerySet[AuditEvent]":
    """Return what somebody did, and what was done to them; by their keys too."""
    words = words_for(user_id)
    return _matching(wanted).filter(Q(actor__in=words) | Q(target__in=words))


def words_for(user_id: int) -> list[str]:
    """Return what the log calls somebody, and their keys."""
    keys = ApiKey.objects.filter(user_id=user_id).order_by("-pk")
    return [
        *(f"user:{each}" for each in ids_of(user_id)),
        *(f"key:{key_id}" for key_id in keys.values_list("key_id", flat=True)[:MOST_KEYS]),
    ]


def _matching(wanted: AuditFilter) -> "QuerySet[AuditEvent]":
    exact = ("category", "action", "outcome", "actor", "target")
    events = AuditEvent.objects.filter(
        **{name: value for name in exact if (value := getattr(wanted, name))}
    )
    # The ids hold the time.
    if wanted.since is not None:
        events = events.filter(id__gte=first_id_of(wanted.since))
    if wanted.until is not None:
        events = events.filter(id__lt=first_id_of(wanted.until))
    return events


def prove(events: Iterator[AuditEvent]) -> Proof:
    """Follow the chain through `events`, which come in the order of their ids."""
    chain = _Chain()
    for event in events:
        if reason := chain.flaw(event):
            return Proof(chain.rows, chain.head.hex(), event.id, reason)
        chain.add(event)
    return Proof(chain.rows, chain.head.hex())


class _Chain:
    """As much of the log as has held together so far."""

    def __init__(self) -> None:
        self.rows = self.position = 0
        self.head = b""
        self.day: date | None = None
        # The first row of a day follows the last one of an earlier day. Machines whose clocks
        # differ may still write yesterday's rows then, so any row of two days back will do.
        self.day_before: set[bytes] = set()
        self.this_day: set[bytes] = set()

    def flaw(self, event: AuditEvent) -> str:
        starts = event.day != self.day
        if hash_of(event) != bytes(event.hash):
            return "the row was changed"
        if event.position != (1 if starts else self.position + 1):
            return "a row before it is missing or was moved"
        if not self._follows(bytes(event.previous_hash), starts=starts):
            return "it does not follow the row before it"
        return ""

    def _follows(self, previous: bytes, *, starts: bool) -> bool:
        if not starts:
            return previous == self.head
        # Nothing was there when the first of all days began; and what the oldest row that is
        # left once followed may be archived.
        is_first = previous == FIRST_HASH or self.rows == 0
        return is_first or previous in self.this_day or previous in self.day_before

    def add(self, event: AuditEvent) -> None:
        if event.day != self.day:
            self.day, self.day_before, self.this_day = event.day, self.this_day, set()
        self.rows += 1
        self.position = event.position
        self.head = bytes(event.hash)
        self.this_day.add(self.head)
