"""What people earned in a community, and what an event earns there."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from identity.data import DEFAULT_POINTS, Ranked, Standing
from identity.models import Membership, ReputationDay, ReputationRule
from identity.queries.people import person_by_public_id
from identity.queries.references import names_here, people_called
from waddlebot.lib.cache import LocalCache

LAST_RANK: Final = 10_000
"""Counting further down would cost more than knowing it is worth."""


def _load(community_id: str) -> Mapping[str, int]:
    rules = ReputationRule.objects.filter(community_id=int(community_id))
    return {**DEFAULT_POINTS, **dict(rules.values_list("message_type", "points"))}


_points = LocalCache("reputation_rules", _load, size=10_000)


def points_in(community_id: int) -> Mapping[str, int]:
    """Return what an event of each message type earns in this community, from memory."""
    return _points.get(str(community_id))


def standing_of(*, community_id: int, user_id: int) -> Standing:
    members = Membership.objects.filter(community_id=community_id)
    points = members.filter(user_id=user_id).values_list("reputation", flat=True).first() or 0
    return Standing(points, rank_of(community_id, points))


def rank_of(community_id: int, points: int) -> int | None:
    if points <= 0:
        return None
    above = Membership.objects.filter(community_id=community_id, reputation__gt=points)
    rank = above.order_by("-reputation")[:LAST_RANK].count() + 1
    return rank if rank <= LAST_RANK else None


def leaders(community_id: int) -> "QuerySet[Membership]":
    """Return those with points; the most first is for the caller to ask for."""
    ranked = Membership.objects.filter(community_id=community_id, reputation__gt=0)
    return ranked.select_related("user")


def seen_here(*, community_id: int, public_id: str) -> Membership | None:
    """Return the place of anybody the community may know, member or merely seen."""
    person = person_by_public_id(public_id)
    if person is None:
        return None
    members = Membership.objects.select_related("user")
    return members.filter(community_id=community_id, user_id=person.id).first()


def history_of(*, community_id: int, user_id: int, days: int, today: date) -> list[dict[str, Any]]:
    """Return what somebody earned by day and reason, the newest day first."""
    rows = ReputationDay.objects.filter(
        community_id=community_id, user_id=user_id, day__gt=today - timedelta(days=days)
    )
    columns = ("day", "reason", "events", "points")
    return [dict(row) for row in rows.order_by("-day", "reason").values(*columns)]


def leaderboard(*, community_id: int, platform: str, most: int) -> list[Ranked]:
    """Return the first on the leaderboard, by the names they have on that platform."""
    return _ranked(leaders(community_id).order_by("-reputation", "-pk")[:most], platform)


def ranked_by_name(*, community_id: int, platform: str, user_name: str) -> Ranked | None:
    """Return whoever is called this on the platform, when they were seen in the community."""
    found = people_called(community_id=community_id, platform=platform, user_name=user_name)
    rows = Membership.objects.filter(
        community_id=community_id, user_id__in=[each.user_id for each in found[:1]]
    )
    return next(iter(_ranked(rows.select_related("user"), platform)), None)


def _ranked(rows: "QuerySet[Membership]", platform: str) -> list[Ranked]:
    names = names_here(user_ids=[row.user_id for row in rows], platform=platform)
    return [
        Ranked(row.user_id, row.user.public_id, names[row.user_id], row.reputation) for row in rows
    ]
