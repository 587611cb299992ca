"""What a rule asks: a small tree of facts and held labels, read from JSON and written as it.

{"all": […]}   {"any": […]}   {"not": …}   {"label": "vip"}
{"fact": "messages", "op": ">=", "value": 100, "leave": 80, "within_days": 30}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from identity.data import MemberFact, Role

NUMERIC: Final = (">=", ">", "==", "<", "<=")
OPPOSITE: Final[Mapping[str, str]] = {">=": "<", ">": "<=", "<": ">=", "<=": ">"}
ROLES: Final[Mapping[str, Role]] = {role.word: role for role in Role}


@dataclass(frozen=True, slots=True)
class FactIs:
    """`leave` is the value by which one who has the label already keeps it, None the same one."""

    fact: MemberFact
    op: str
    value: int
    leave: int | None = None

    def bound(self, *, leaving: bool) -> int:
        return self.value if self.leave is None or not leaving else self.leave


@dataclass(frozen=True, slots=True)
class Holds:
    label_id: int


@dataclass(frozen=True, slots=True)
class Not:
    item: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    items: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    items: "tuple[Condition, ...]"


Condition = FactIs | Holds | Not | All | AnyOf


def leaves(
    condition: Condition, *, negated: bool = False
) -> Iterator[tuple[FactIs | Holds, bool]]:
    """Return what the tree asks in the end, and whether it is asked for the opposite."""
    match condition:
        case Not(item):
            yield from leaves(item, negated=not negated)
        case All(items) | AnyOf(items):
            for each in items:
                yield from leaves(each, negated=negated)
        case _:
            yield condition, negated


def facts_in(condition: Condition) -> dict[MemberFact, None]:
    """Return the facts it asks for, each once, in their order."""
    asked = (leaf.fact for leaf, _ in leaves(condition) if isinstance(leaf, FactIs))
    return dict.fromkeys(asked)


def labels_in(condition: Condition) -> frozenset[int]:
    return frozenset(leaf.label_id for leaf, _ in leaves(condition) if isinstance(leaf, Holds))


def as_json(condition: Condition) -> dict[str, Any]:
    """Return it as it is stored."""
    match condition:
        case All(items):
            return {"all": [as_json(each) for each in items]}
        case AnyOf(items):
            return {"any": [as_json(each) for each in items]}
        case Not(item):
            return {"not": as_json(item)}
        case Holds(label_id):
            return {"label": label_id}
    days = {} if condition.fact.days is None else {"within_days": condition.fact.days}
    leave = {} if condition.leave is None else {"leave": _shown(condition, condition.leave)}
    return {
        "fact": condition.fact.name,
        "op": condition.op,
        "value": _shown(condition, condition.value),
        **leave,
        **days,
    }


def _shown(leaf: FactIs, value: int) -> int | str | bool:
    if leaf.fact.name == "role":
        return Role(value).word
    return bool(value) if leaf.fact.name == "subscribed" else value
