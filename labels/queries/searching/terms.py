"""Labels as a search names them, among all that count in a community."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.db.models import Q

from labels.data import Kind
from labels.models import Label

SHORTEST_PART: Final = 3
"""Of fewer characters a text is looked for where a name begins."""
Group = frozenset[int]
"""Labels of which an object holds at least one."""


class Known(NamedTuple):
    """As much of a label as a search needs."""

    pk: int
    name: str
    kind: str
    community_id: int | None
    scope: str
    exclusive: bool
    color: str
    icon: str
    is_system: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What an object of one kind must hold: of each group one, and nothing of `without`."""

    known: Mapping[int, Known]
    groups: tuple[Group, ...]
    without: Group
    alike: Group | None
    """Labels that the text asked for is a part of; None when no text is asked for."""


def labels_here(community_id: int) -> dict[int, Known]:
    """Return the labels of a community, and the system's."""
    here = Label.objects.alive().filter(Q(community=community_id) | Q(community=None))
    return {row[0]: Known(*row) for row in here.values_list(*Known._fields)}


def labels_like(community_id: int, text: str) -> Group:
    """Return those with the text in their name or description, or with a name much like it."""
    here = Label.objects.alive().filter(Q(community=community_id) | Q(community=None))
    alike = Q(name__istartswith=text)
    if len(text) >= SHORTEST_PART:
        alike = Q(name__icontains=text) | Q(description__icontains=text)
        alike |= Q(name__trigram_word_similar=text)
    return frozenset(here.filter(alike).values_list("pk", flat=True))


class Glossary:
    """Tells which label of a kind a word means: by its id, its name, or in another case."""

    def __init__(self, rows: Iterable[Known], kind: Kind) -> None:
        self.rows = {row.pk: row for row in rows if row.kind == kind}
        folded = Counter(row.name.casefold() for row in self.rows.values())
        self._ids = {row.name.casefold(): pk for pk, row in self.rows.items()}
        self._ids = {name: pk for name, pk in self._ids.items() if folded[name] == 1}
        self._ids |= {str(pk): pk for pk in self.rows}
        self._ids |= {row.name: pk for pk, row in self.rows.items()}

    def find(self, word: str) -> int | None:
        found = self._ids.get(word)
        return self._ids.get(word.casefold()) if found is None else found

    def group(self, words: Iterable[str]) -> Group:
        return frozenset(pk for word in words if (pk := self.find(word)) is not None)


def groups_of(glossary: Glossary, words: Sequence[str], *, needs_all: bool) -> tuple[Group, ...]:
    """Return what must be held. An empty group is one that nothing can meet."""
    if not needs_all:
        return (glossary.group(words),) if words else ()
    groups = {glossary.group([word]) for word in words}
    rows = [glossary.rows[pk] for group in groups for pk in group]
    scopes = Counter((row.community_id, row.scope) for row in rows if row.exclusive)
    if any(count > 1 for count in scopes.values()):
        # Nobody holds two of a scope; PostgreSQL would read both lists to the end to find out.
        return (frozenset(),)
    return tuple(sorted(groups, key=sorted))
