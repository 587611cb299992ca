"""Conditions on one fact: `{"fact": "messages", "op": ">=", "value": 100, "leave": 80}`."""

from collections.abc import Mapping
from typing import Any, Final

from identity.data import MEMBER_FACTS, FactKind, FactUnit, MemberFact
from labels.queries.rules.conditions import NUMERIC, ROLES, FactIs
from waddlebot.lib.errors import Flaw

FACT_KEYS: Final = frozenset({"fact", "op", "value", "leave", "within_days"})
MOST_VALUE: Final = 1_000_000_000
MOST_STREAK: Final = 365


class Wrong(Exception):  # noqa: N818 - a flaw on its way to the others
    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.flaw = Flaw(pointer, detail)


def read_fact(value: Mapping[str, Any], pointer: str, *, negated: bool) -> FactIs:
    name = value["fact"]
    kind = MEMBER_FACTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Wrong(f"{pointer}/fact", f"One of {', '.join(MEMBER_FACTS)}.")
    operators = operators_of(kind)
    op = value.get("op")
    if op not in operators:
        raise Wrong(f"{pointer}/op", f"One of {', '.join(operators)}.")
    bound = _number(kind, value.get("value"), f"{pointer}/value")
    leave = None
    if value.get("leave") is not None:
        leave = _number(kind, value["leave"], f"{pointer}/leave")
        _check_leave(op, bound, leave, f"{pointer}/leave", negated=negated)
    days = _days(kind, value.get("within_days"), f"{pointer}/within_days")
    furthest = max(bound, leave or 0) if kind.unit is FactUnit.STREAMS else 0
    return FactIs(MemberFact(str(name), days, furthest), str(op), bound, leave)


def operators_of(kind: FactKind) -> tuple[str, ...]:
    return ("==",) if kind.unit is FactUnit.YES_OR_NO else NUMERIC


def _number(kind: FactKind, value: Any, pointer: str) -> int:
    if kind.unit is FactUnit.ROLE:
        if not isinstance(value, str) or value not in ROLES:
            raise Wrong(pointer, f"One of {', '.join(ROLES)}.")
        return ROLES[value]
    if kind.unit is FactUnit.YES_OR_NO:
        if not isinstance(value, bool):
            raise Wrong(pointer, "true or false.")
        return int(value)
    least = -MOST_VALUE if kind.unit is FactUnit.POINTS else 0
    most = MOST_STREAK if kind.unit is FactUnit.STREAMS else MOST_VALUE
    if type(value) is not int or not least <= value <= most:
        raise Wrong(pointer, f"A whole number from {least} to {most}.")
    return value


def _days(kind: FactKind, value: Any, pointer: str) -> int | None:
    if value is None:
        return kind.days
    if not kind.most_days:
        raise Wrong(pointer, "This fact has no days to look back on.")
    if type(value) is not int or not 1 <= value <= kind.most_days:
        raise Wrong(pointer, f"A whole number from 1 to {kind.most_days}.")
    return value


def _check_leave(op: str, value: int, leave: int, pointer: str, *, negated: bool) -> None:
    """Whoever has the label must keep it at least as easily as others get it."""
    if op == "==":
        raise Wrong(pointer, "Only what is more or less than something can be left elsewhere.")
    is_lower = op in {">=", ">"}
    if (leave <= value) is not (is_lower is not negated) and leave != value:
        side = "at most" if is_lower is not negated else "at least"
        raise Wrong(pointer, f"It is {side} the value: who has the label keeps it longer.")
