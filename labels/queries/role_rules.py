"""Role rules, and what became of the roles they give."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Count, QuerySet

from identity import api as identity
from labels.models import RoleGrant, RoleRule
from waddlebot.lib.errors import NotFoundError

MOST_AT_ONCE = 1000


def rules_of(group_id: int) -> "QuerySet[RoleRule]":
    rows = RoleRule.objects.filter(group_id=group_id, deleted_at=None)
    return rows.select_related("group", "label")


def rule_row(*, group_id: int, rule_id: int) -> RoleRule:
    """Raises NotFoundError, also for one that was removed."""
    row = rules_of(group_id).filter(pk=rule_id).first()
    if row is None:
        raise NotFoundError
    return row


def grants_of_rule(rule_id: int, *, state: str = "") -> "QuerySet[RoleGrant]":
    rows = RoleGrant.objects.filter(rule_id=rule_id).select_related("user")
    return rows.filter(state=state) if state else rows


def counts_of(rule_ids: Iterable[int]) -> Mapping[int, Mapping[str, int]]:
    """Return how many grants of each rule are in which state."""
    rows = RoleGrant.objects.filter(rule__in=list(rule_ids)).values_list("rule_id", "state")
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for rule_id, state, count in rows.annotate(count=Count("pk")).order_by():
        counts[rule_id][state] = count
    return counts


def accounts_for(platform: str, user_ids: list[int]) -> dict[int, str]:
    """Return the account of each who has one on the platform."""
    accounts: dict[int, str] = {}
    for start in range(0, len(user_ids), MOST_AT_ONCE):
        accounts |= identity.accounts_on(platform, user_ids[start : start + MOST_AT_ONCE])
    return accounts
