"""People of a community by a part of their name, and what can be told of them there."""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from django.db.models import Max, Min, Q, QuerySet

from identity.data import SIGNS
from identity.models import Membership, ReputationDay, User

SHORTEST_PART: Final = 3
"""Of fewer characters a text is looked for where names begin; else no index would help."""


def people_like(text: str, *, community_id: int, side: str, of: int) -> "QuerySet[User, Any]":
    """Return the `pk` of those who belong to a community, or were seen there, by their name.

    It is the name that everybody is shown: login names and linked accounts are their own business.
    Of those alone whose ids are greater (`side` is gt) than another's, or less (lt).
    """
    # Said of both tables, since PostgreSQL would walk through one of them from its beginning.
    here = Q(**{"membership__community_id": community_id, f"membership__user_id__{side}": of})
    return _named(User.objects.filter(here, **{f"pk__{side}": of}), text).values("pk")


def first_of(community_id: int) -> int:
    """Return the least id of those who belong to a community, or were seen there."""
    members = Membership.objects.filter(community_id=community_id)
    return members.aggregate(first=Min("user_id"))["first"] or 0


def those_named(text: str, *, among: Collection[int]) -> list[int]:
    """Return those of some people who have a text in their name, in no order."""
    return list(_named(User.objects.filter(pk__in=among), text).values_list("pk", flat=True))


def _named(people: "QuerySet[User]", text: str) -> "QuerySet[User, Any]":
    part = "icontains" if len(text) >= SHORTEST_PART else "istartswith"
    return people.filter(**{f"display_name__{part}": text})


def people_of(community_id: int) -> "QuerySet[Membership, Any]":
    """Return the `user_id` of all who belong to a community, or were seen there."""
    return Membership.objects.filter(community_id=community_id).values("user_id")


def signs_of(community_id: int) -> "QuerySet[ReputationDay, Any]":
    """Return the `user_id` and `day` of what only those do who are there."""
    days = ReputationDay.objects.filter(community_id=community_id, reason__in=sorted(SIGNS))
    return days.values("user_id", "day")


def last_days_of(*, community_id: int, user_ids: Collection[int]) -> dict[int, date]:
    """Return the last day on which each did something in a community, as far as it is known."""
    signs = signs_of(community_id).filter(user_id__in=user_ids)
    return {
        row["user_id"]: row["last"] for row in signs.values("user_id").annotate(last=Max("day"))
    }
