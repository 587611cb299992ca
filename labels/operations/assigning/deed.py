"""Who does what, where: the words that all of assigning shares."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from labels.data import Giver, Kind, Source

Target = int | str
Key = tuple[int, Target]
"""A label and an object."""

BY_PEOPLE: Final = frozenset({Source.MANUAL, Source.IMPORT})


@dataclass(frozen=True, slots=True)
class Deed:
    """One operation on the labels of a community; of None, on the system's."""

    community_id: int | None
    kind: Kind
    giver: Giver
    now: datetime

    @property
    def is_by_people(self) -> bool:
        return self.giver.source in BY_PEOPLE


class Spell(NamedTuple):
    """An open row of an assignment."""

    id: int
    label_id: int
    target: Target
    scope: str
    valid_from: datetime | None
    valid_until: datetime | None
    source: str
    source_ref: str

    @property
    def key(self) -> Key:
        return self.label_id, self.target

    def is_over(self, now: datetime) -> bool:
        return self.valid_until is not None and self.valid_until <= now
