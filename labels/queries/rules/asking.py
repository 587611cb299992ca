"""Conditions as a filter of `identity.api.member_facts`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from identity.data import MEMBER_FACTS, MemberFact
from labels.models import GroupMember, UserLabel
from labels.queries.rules.conditions import (
    OPPOSITE,
    All,
    AnyOf,
    Condition,
    FactIs,
    Holds,
    Not,
    facts_in,
    labels_in,
)
from labels.queries.rules.implying import implying, lending

LOOKUPS: Final[Mapping[str, str]] = {">=": "gte", ">": "gt", "==": "exact", "<": "lt", "<=": "lte"}
# Read from the person's own row; all else is looked up in a table.
CHEAP: Final = frozenset({"messages", "reputation", "member_days", "role"})


class Asking:
    """How the facts and labels of some conditions are asked for."""

    def __init__(self, community_id: int, condition: Condition, now: datetime) -> None:
        self.community_id, self.condition, self.now = community_id, condition, now
        self.names = {fact: f"fact_{number}" for number, fact in enumerate(facts_in(condition))}

    @property
    def facts(self) -> dict[str, MemberFact]:
        return {name: fact for fact, name in self.names.items()}

    def filter(self, *, leaving: bool = False) -> Q:
        """Return who meets them; with `leaving`, who having the label keeps it."""
        return self._filter(self.condition, leaving=leaving, negated=False)

    def _filter(self, condition: Condition, *, leaving: bool, negated: bool) -> Q:
        match condition:
            case Not(item):
                return self._filter(item, leaving=leaving, negated=not negated)
            case All(items) | AnyOf(items):
                # PostgreSQL asks in this order, and only until it knows.
                parts = [
                    self._filter(each, leaving=leaving, negated=negated)
                    for each in sorted(items, key=_cost)
                ]
                return _joined(parts, both=isinstance(condition, All) is not negated)
            case Holds(label_id):
                held = self._held(label_id)
                return ~held if negated else held
        return self._compared(condition, condition.bound(leaving=leaving), negated=negated)

    def _held(self, label_id: int) -> Q:
        """Return who holds a label of themselves, by what implies it, or through a group."""
        held = Exists(holders(implying(self.community_id, label_id), self.now))
        groups = lending(self.community_id, label_id, self.now)
        if not groups:
            return Q(held)
        members = GroupMember.objects.filter(user_id=OuterRef("user_id"), group_id__in=groups)
        return Q(held) | Q(Exists(members))

    def _compared(self, leaf: FactIs, bound: int, *, negated: bool) -> Q:
        name = self.names[leaf.fact]
        if leaf.fact.name == "subscribed":
            return Q((name, bool(bound) is not negated))
        if negated and leaf.op == "==":
            return Q((f"{name}__lt", bound)) | Q((f"{name}__gt", bound))
        op = OPPOSITE[leaf.op] if negated else leaf.op
        return Q((f"{name}__{LOOKUPS[op]}", bound))


def holders(label_ids: Iterable[int], now: datetime) -> "QuerySet[UserLabel]":
    """Return what counts now of these labels, of the person of the outer query."""
    begun = Q(valid_from=None) | Q(valid_from__lte=now)
    return open_spells(now).filter(begun, label_id__in=list(label_ids))


def open_spells(now: datetime) -> "QuerySet[UserLabel]":
    lasting = Q(valid_until=None) | Q(valid_until__gt=now)
    return UserLabel.objects.filter(lasting, user_id=OuterRef("user_id"), ended_at=None)


def ages(condition: Condition) -> bool:
    """Tell whether some may come to meet it, or not to, though nothing happens to them.

    Labels begin and end some day, and who is in a group is told by nobody.
    """
    return bool(labels_in(condition)) or any(
        fact.days is not None or MEMBER_FACTS[fact.name].ages for fact in facts_in(condition)
    )


def _joined(parts: Iterable[Q], *, both: bool) -> Q:
    joined = Q()
    for part in parts:
        joined = joined & part if both else joined | part
    return joined


def _cost(condition: Condition) -> int:
    match condition:
        case Not(item):
            return _cost(item)
        case All(items) | AnyOf(items):
            return sum(map(_cost, items))
        case Holds():
            return 10
    return 1 if condition.fact.name in CHEAP and condition.fact.days is None else 100
