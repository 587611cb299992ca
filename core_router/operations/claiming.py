"""Collectors claim entities to listen to. PostgreSQL decides who gets what."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from core_router.models import Collector, CollectorLease
from core_router.operations.collectors import FIRST, Caller, Lease, bury, told
from core_router.queries.leases import collectors_of, free_within_reach, lease_time, members
from core_router.queries.shares import shares
from waddlebot.lib import metrics
from waddlebot.lib.errors import ConflictError

MOST_COLLECTORS: Final = 5000
MOST_HELD: Final = 5000


class TooManyCollectorsError(ConflictError):
    code = "too_many_collectors"


def claim(caller: Caller, *, platform: str, most: int, now: datetime) -> list[Lease]:
    """Give a collector up to `most` entities more, the live ones first, within its share.

    Raises TooManyCollectorsError.
    """
    # Before anything is given, so that of two who begin at once each sees the other.
    pk = _announce(caller, platform, most, now)
    with transaction.atomic():
        bury(now)
        row = Collector.objects.select_for_update().filter(pk=pk).first()
        return _take(row, most, now) if row else []


def _announce(caller: Caller, platform: str, wants: int, now: datetime) -> int:
    ours = collectors_of(caller.community_id)
    mine = ours.filter(platform=platform, name=caller.name)
    if ours.count() >= MOST_COLLECTORS and not mine.exists():
        raise TooManyCollectorsError(f"There are {MOST_COLLECTORS} collectors already.")
    row = Collector(
        community_id=caller.community_id,
        name=caller.name,
        platform=platform,
        expires_at=now + lease_time(),
        asked_at=now,
        wants=wants,
    )
    Collector.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["community", "name", "platform"],
        update_fields=["expires_at", "asked_at", "wants"],
    )
    return row.pk


def _take(row: Collector, most: int, now: datetime) -> list[Lease]:
    row.held = row.leases.count()
    free = free_within_reach(row.community_id, row.platform, now=now)
    others = members(row.community_id, row.platform, now=now)
    everybody = [
        replace(each, held=row.held, wants=most) if each.id == row.pk else each for each in others
    ]
    total = free.count() + sum(each.held for each in everybody)
    share = min(shares(total, everybody).get(row.pk, 0), MOST_HELD)
    taken = _lock_first(free, min(most, share - row.held), now)
    CollectorLease.objects.filter(pk__in=taken).update(holder=row, free_from=None)
    row.held, row.wants = row.held + len(taken), most - len(taken)
    row.save(update_fields=["held", "wants"])
    metrics.leases_changed("claimed", len(taken))
    leases = CollectorLease.objects.filter(pk__in=taken).order_by(*FIRST)
    return told(leases, row.expires_at)


def _lock_first(free: QuerySet[CollectorLease], count: int, now: datetime) -> list[int]:
    """Choose what nobody else is taking at this moment."""
    if count <= 0:
        return []
    ready = free.filter(Q(free_from=None) | Q(free_from__lte=now)).order_by(*FIRST)
    locked = ready.select_for_update(skip_locked=True).values_list("pk", flat=True)
    return list(locked[:count])
