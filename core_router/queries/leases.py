"""Who listens to what."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet

from core_router.models import Collector, CollectorLease
from core_router.queries.shares import Member

MOST_PLATFORMS: Final = 100


def clock() -> datetime:
    """Return PostgreSQL's time, which is one for all that divide entities among collectors."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def lease_time() -> timedelta:
    return timedelta(seconds=settings.COLLECTOR_LEASE_S)


def collectors_of(community_id: int | None) -> QuerySet[Collector]:
    """Return the collectors of a community, or those that all share."""
    mine = Q(community=None) if community_id is None else Q(community_id=community_id)
    return Collector.objects.filter(mine)


def within_reach(community_id: int | None) -> QuerySet[CollectorLease]:
    """Return what a collector may hold: of its community, or what is proven if it is shared."""
    reach = Q(is_proven=True) if community_id is None else Q(community_id=community_id)
    return CollectorLease.objects.filter(reach)


def free_within_reach(
    community_id: int | None, platform: str, *, now: datetime
) -> QuerySet[CollectorLease]:
    """Return what nobody holds; shared ones leave to others what these want of their own."""
    free = within_reach(community_id).filter(platform=platform, holder=None)
    if community_id is None:
        return free.exclude(community__in=wanting_of_their_own(platform, now=now))
    return free


def wanting_of_their_own(platform: str, *, now: datetime) -> QuerySet[Collector, int]:
    """Return the communities whose own collectors lack something."""
    recently = now - lease_time()
    theirs = Collector.objects.filter(community__isnull=False, platform=platform, wants__gt=0)
    lacking = theirs.filter(expires_at__gt=now, asked_at__gt=recently)
    return lacking.values_list("community_id", flat=True).distinct()


def shared_in(community_id: int, platform: str) -> list[Member]:
    """Return the shared collectors that hold something of a community, as if that were all."""
    held = within_reach(community_id).filter(platform=platform, holder__community=None)
    counted = held.exclude(holder=None).values_list("holder").annotate(Count("pk"))
    return [Member(pk, count, wants=0) for pk, count in counted.order_by("holder")]


def members(community_id: int | None, platform: str, *, now: datetime) -> list[Member]:
    """Return the collectors that live and share what is within their reach."""
    rows = collectors_of(community_id).filter(platform=platform, expires_at__gt=now)
    recently = now - lease_time()
    return [
        Member(pk, held, wants if asked_at > recently else 0)
        for pk, held, wants, asked_at in rows.values_list("id", "held", "wants", "asked_at")
    ]


def statistics(
    community_id: int | None, platform: str | None, *, now: datetime
) -> Sequence[dict[str, Any]]:
    """Count, for each platform, what is within reach and those who share it."""
    only = {} if platform is None else {"platform": platform}
    alive = collectors_of(community_id).filter(expires_at__gt=now, **only)
    collectors = dict(alive.values_list("platform").annotate(Count("id")))
    leases = within_reach(community_id).filter(**only).values("platform").order_by("platform")
    counted = leases.annotate(
        entities=Count("pk"),
        claimed=Count("pk", filter=Q(holder__expires_at__gt=now)),
        live=Count("pk", filter=Q(is_live=True)),
        errors=Count("pk", filter=~Q(error="")),
    )
    return [
        {
            "platform": row["platform"],
            "collectors": collectors.get(row["platform"], 0),
            "entities": row["entities"],
            "claimed": row["claimed"],
            "free": row["entities"] - row["claimed"],
            "live": row["live"],
            "errors": row["errors"],
        }
        for row in counted[:MOST_PLATFORMS]
    ]
