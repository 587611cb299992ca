"""Collectors, as those that share entities out know them.

One is heard of whenever it claims or sends a heartbeat, and all it holds ends together,
`COLLECTOR_LEASE_S` after the last time. Its row is locked while that changes, so that it cannot
be taken for dead meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from core_router.models import Collector, CollectorLease
from core_router.queries.leases import collectors_of
from waddlebot.lib import metrics

MOST_BURIED: Final = 50
FIRST: Final = ("-is_live", "priority", "pk")


@dataclass(frozen=True, slots=True)
class Caller:
    """A collector as its key allows: of one community or of all, on one platform or on all."""

    name: str
    community_id: int | None
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    entity: str
    lease_expires_at: datetime
    is_live: bool
    priority: int


def rows_of(caller: Caller) -> QuerySet[Collector]:
    rows = collectors_of(caller.community_id).filter(name=caller.name)
    return (rows.filter(platform=caller.platform) if caller.platform else rows).order_by("pk")


def bury(now: datetime) -> None:
    """Free what the dead hold. One whose row is locked is just being heard of."""
    dead = Collector.objects.filter(expires_at__lte=now).select_for_update(skip_locked=True)
    ids = list(dead.order_by("expires_at").values_list("pk", flat=True)[:MOST_BURIED])
    if ids:
        freed = CollectorLease.objects.filter(holder__in=ids).update(holder=None, free_from=None)
        Collector.objects.filter(pk__in=ids).delete()
        metrics.leases_changed("expired", freed)


def told(leases: QuerySet[CollectorLease], until: datetime) -> list[Lease]:
    rows = leases.values_list("key", "is_live", "priority")
    return [Lease(key, until, is_live, priority) for key, is_live, priority in rows]
