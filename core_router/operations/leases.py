"""What becomes of the entities that collectors hold: renewed, left to others, released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from core_router.models import Collector, CollectorLease
from core_router.operations.collectors import FIRST, Caller, Lease, bury, rows_of, told
from core_router.queries.leases import (
    free_within_reach,
    lease_time,
    members,
    shared_in,
    wanting_of_their_own,
)
from core_router.queries.shares import surplus
from waddlebot.lib import metrics
from waddlebot.lib.places import Place

LAST: Final = ("is_live", "-priority", "-pk")
AT_ONCE: Final = 50
GRACE: Final = timedelta(seconds=5)
"""For which what was given up waits, while its holder hears of it and stops listening."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a collector says of an entity; None leaves what was said before."""

    is_live: bool | None = None
    viewer_count: int | None = None
    error: str = ""


def heartbeat(caller: Caller, statuses: Mapping[str, Status], *, now: datetime) -> list[Lease]:
    """Renew all that a collector holds, and return what it still holds.

    What others lack is given up here: it is not returned, and nobody else gets it until its
    holder had time to stop.
    """
    with transaction.atomic():
        rows = list(rows_of(caller).select_for_update())
        Collector.objects.filter(pk__in=[row.pk for row in rows]).update(
            expires_at=now + lease_time()
        )
        # Only now, so that nobody buries themselves.
        bury(now)
        for row in rows:
            held = list(row.leases.order_by("pk"))
            _note(held, statuses)
            row.held = len(held)
            if row.community_id is None:
                row.held -= _leave_to_owners(row, now)
            row.held -= _give_up(row, now)
            row.save(update_fields=["held"])
        leases = CollectorLease.objects.filter(holder__in=rows).order_by(*FIRST)
        return told(leases, now + lease_time())


def release(caller: Caller, entities: Sequence[str] | None) -> int:
    """Free what a collector names of its own, or all of it: then it goes. Return how many."""
    with transaction.atomic():
        rows = list(rows_of(caller).select_for_update())
        leases = CollectorLease.objects.filter(holder__in=rows)
        if entities is not None:
            leases = leases.filter(key__in=entities)
        count = leases.update(holder=None, free_from=None)
        for row in rows:
            if entities is None:
                row.delete()
            else:
                row.held = row.leases.count()
                row.save(update_fields=["held"])
    metrics.leases_changed("released", count)
    return count


def mark_live(place: Place, *, is_live: bool) -> None:
    """Note that a stream has begun or ended: claims give live ones first."""
    row = CollectorLease.objects.filter(
        entity__platform=place.platform,
        entity__server_id=place.server_id,
        entity__channel_id=place.channel_id,
    )
    row.exclude(is_live=is_live).update(is_live=is_live, viewer_count=None)


def _note(held: Sequence[CollectorLease], statuses: Mapping[str, Status]) -> None:
    """Write what is new of what a collector says; of what it does not hold it says nothing."""
    changed = []
    for lease in held:
        status = statuses.get(lease.key)
        if status is None:
            continue
        before = (lease.is_live, lease.viewer_count, lease.error)
        if status.is_live is not None:
            lease.is_live = status.is_live
        if status.viewer_count is not None:
            lease.viewer_count = status.viewer_count
        lease.error = status.error
        if before != (lease.is_live, lease.viewer_count, lease.error):
            changed.append(lease)
    CollectorLease.objects.bulk_update(changed, ["is_live", "viewer_count", "error"])


def _give_up(row: Collector, now: datetime) -> int:
    """Give up what others lack of their share: the least important of ours."""
    everybody = members(row.community_id, row.platform, now=now)
    if not any(each.wants for each in everybody if each.id != row.pk):
        return 0
    known = [replace(each, held=row.held) if each.id == row.pk else each for each in everybody]
    free = free_within_reach(row.community_id, row.platform, now=now).count()
    return _leave(row.leases.all(), surplus(row.pk, free, known), now)


def _leave_to_owners(row: Collector, now: datetime) -> int:
    """Give up what the own collectors of a community lack of a fair share of it."""
    wanting = wanting_of_their_own(row.platform, now=now)
    total = 0
    for community_id in wanting.filter(community__in=row.leases.values("community"))[:AT_ONCE]:
        theirs = members(community_id, row.platform, now=now)
        everybody = [*theirs, *shared_in(community_id, row.platform)]
        free = free_within_reach(community_id, row.platform, now=now).count()
        ours = row.leases.filter(community_id=community_id)
        total += _leave(ours, surplus(row.pk, free, everybody), now)
    return total


def _leave(leases: QuerySet[CollectorLease], count: int, now: datetime) -> int:
    """Give up so many, the least important ones first; return how many it were."""
    leaving = list(leases.order_by(*LAST).values_list("pk", flat=True)[:count])
    CollectorLease.objects.filter(pk__in=leaving).update(holder=None, free_from=now + GRACE)
    metrics.leases_changed("given_up", len(leaving))
    return len(leaving)
