"""A book: what the labels of a community are worth, and what its groups lend.

It holds no person, so it is as large as the community has labels and groups. Who holds what is
remembered beside it, by ids alone, so that a label changed or gone counts for all at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """A label. `names` and `grants` are all that it is worth, with what it implies.

    `ways` lead to itself and to every label it implies, the nearest first.
    """

    id: int
    name: str
    kind: str
    is_system: bool
    own_grants: frozenset[str]
    ways: tuple[tuple[int, ...], ...]
    names: frozenset[str]
    grants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spell:
    """An assignment as it counts: from `begins` until `ends`, always where that is None."""

    label_id: int
    begins: datetime | None
    ends: datetime | None
    given_by: str

    def counts(self, now: datetime) -> bool:
        return (self.begins is None or self.begins <= now) and (
            self.ends is None or now < self.ends
        )


@dataclass(frozen=True, slots=True)
class Group:
    """An entity group; `ways` lead to itself and to every group it is in, the nearest first."""

    id: int
    name: str
    entities: frozenset[str]
    spells: tuple[Spell, ...]
    ways: tuple[tuple[int, ...], ...]

    def is_at(self, places: frozenset[str]) -> bool:
        """Return whether it lends its labels there; one that names no place does everywhere."""
        return not self.entities or not self.entities.isdisjoint(places)


@dataclass(frozen=True, slots=True)
class Book:
    """`granting` has the labels by each of the grants that they are worth."""

    labels: Mapping[int, Entry]
    groups: Mapping[int, Group]
    granting: Mapping[str, Sequence[Entry]]

    def worth(self, names: frozenset[str], grants: frozenset[str]) -> Iterator[Entry]:
        """Return the labels that are worth one of these; one may come several times."""
        for grant in grants:
            yield from self.granting.get(grant, ())
        if names:
            yield from (e for e in self.labels.values() if not names.isdisjoint(e.names))


EMPTY: Final = Book({}, {}, {})


def places_of(entity: str) -> frozenset[str]:
    """Return a channel and its server: what names the server means its channels too."""
    return frozenset({entity, "+".join(entity.split("+", 2)[:2])}) if entity else frozenset()
