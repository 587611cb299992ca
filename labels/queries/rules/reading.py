"""Conditions from JSON. Everything that is wrong with them is told, each at its place."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from labels.data import Kind
from labels.queries.labels import find_labels
from labels.queries.rules.conditions import All, AnyOf, Condition, Holds, Not
from labels.queries.rules.facts import FACT_KEYS, Wrong, read_fact
from waddlebot.lib.errors import Flaw, InvalidError

MOST_DEPTH: Final = 6
MOST_LEAVES: Final = 50
COUNTING: Final = (Kind.USER, Kind.ENTITY_GROUP)
"""Labels that people hold, of themselves or through a group."""
SHAPES: Final = ("all", "any", "not", "fact", "label")


class InvalidConditionsError(InvalidError):
    code = "invalid_conditions"


def read_conditions(value: Any, *, community_id: int) -> Condition:
    """Return the conditions that JSON says; labels are named by id or name.

    Raises InvalidConditionsError.
    """
    references = set(_references(value))
    labels: dict[int | str, int] = {}
    # Of a name that several bear the first means the label: the community's own, of people.
    for kind, place in ((k, p) for k in COUNTING for p in (community_id, None)):
        found = find_labels(community_id=place, kind=kind, references=references - labels.keys())
        labels |= {reference: label.pk for reference, label in found.items()}
    reader = _Reader(labels)
    condition = reader.read(value, "#/conditions", depth=1, negated=False)
    if reader.flaws or condition is None:
        raise InvalidConditionsError("The conditions are not valid.", errors=reader.flaws)
    return condition


class UnreadableError(ValueError):
    """What a rule asked when it was made means nothing any more."""


def stored_conditions(value: Any) -> Condition:
    """Return conditions that were read before, from the column they were kept in.

    Raises UnreadableError.
    """
    reader = _Reader({each: each for each in labels_named(value)})
    condition = reader.read(value, "#", depth=1, negated=False)
    if reader.flaws or condition is None:
        raise UnreadableError
    return condition


def labels_named(value: Any) -> frozenset[int]:
    """Return the ids of labels in stored conditions."""
    return frozenset(each for each in _references(value) if isinstance(each, int))


def shown_conditions(value: Any, names: Mapping[int, str]) -> Any:
    """Return stored conditions with the names of labels in the place of their ids."""
    if isinstance(value, list):
        return [shown_conditions(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: names.get(below, below) if key == "label" else shown_conditions(below, names)
        for key, below in value.items()
    }


def _references(value: Any) -> Iterator[int | str]:
    """Return what may name a label, whatever else is wrong."""
    waiting = [value]
    for each in waiting:
        if isinstance(each, dict):
            named = each.get("label")
            if isinstance(named, int | str) and not isinstance(named, bool):
                yield named
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


class _Reader:
    def __init__(self, labels: Mapping[int | str, int]) -> None:
        self.labels = labels
        self.flaws: list[Flaw] = []
        self.count = 0

    def read(self, value: Any, pointer: str, *, depth: int, negated: bool) -> Condition | None:
        """Return None for what is wrong, with a flaw that says so."""
        try:
            return self._read(value, pointer, depth, negated=negated)
        except Wrong as wrong:
            self.flaws.append(wrong.flaw)
            return None

    def _read(self, value: Any, pointer: str, depth: int, *, negated: bool) -> Condition | None:
        shape = _shape_of(value, pointer)
        if depth > MOST_DEPTH:
            raise Wrong(pointer, f"At most {MOST_DEPTH} conditions inside each other.")
        below, inside = value[shape], f"{pointer}/{shape}"
        if shape == "not":
            item = self.read(below, inside, depth=depth + 1, negated=not negated)
            return None if item is None else Not(item)
        if shape in {"all", "any"}:
            items = self._items(below, inside, depth, negated=negated)
            return All(items) if shape == "all" else AnyOf(items)
        self.count += 1
        if self.count > MOST_LEAVES:
            raise Wrong(pointer, f"At most {MOST_LEAVES} facts and labels.")
        return (
            self._label(below, inside)
            if shape == "label"
            else read_fact(value, pointer, negated=negated)
        )

    def _items(
        self, value: Any, pointer: str, depth: int, *, negated: bool
    ) -> tuple[Condition, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_LEAVES:
            raise Wrong(pointer, f"A list of 1 to {MOST_LEAVES} conditions.")
        read = [
            self.read(each, f"{pointer}/{place}", depth=depth + 1, negated=negated)
            for place, each in enumerate(value)
        ]
        return tuple(each for each in read if each is not None)

    def _label(self, value: Any, pointer: str) -> Holds:
        if type(value) not in {int, str} or value not in self.labels:
            raise Wrong(pointer, "There is no such label of people or groups here.")
        return Holds(self.labels[value])


def _shape_of(value: Any, pointer: str) -> str:
    if not isinstance(value, dict):
        raise Wrong(pointer, "A condition is an object.")
    shapes = [shape for shape in SHAPES if shape in value]
    if len(shapes) != 1:
        raise Wrong(pointer, f"A condition has exactly one of {', '.join(SHAPES)}.")
    known = FACT_KEYS if shapes == ["fact"] else {*shapes}
    for key in value.keys() - known:
        raise Wrong(f"{pointer}/{_escaped(key)}", "Unknown field.")
    return shapes[0]


def _escaped(key: str) -> str:
    return key[:50].replace("~", "~0").replace("/", "~1")
