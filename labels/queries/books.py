"""The book of each community and the system's, from this process' memory."""

import sys
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from labels.data import Kind
from labels.models import EntityGroup, Label, ObjectLabel
from labels.queries.book import EMPTY, Book, Entry, Group, Spell
from labels.queries.ways import ways_up
from labels.registry import normal
from waddlebot.lib.cache import LocalCache

SYSTEM: Final = "system"
READ: Final = ("id", "name", "kind", "is_system", "grants")
COUNTING: Final = (Kind.USER.value, Kind.ENTITY_GROUP.value)
"""The kinds of labels that people hold, of themselves or through a group."""


def book_of(community_id: int) -> Book:
    return books.get(str(community_id))


def system_book() -> Book:
    """Return the labels that count in every community."""
    return books.get(SYSTEM)


def _load(key: str) -> Book:
    community_id = None if key == SYSTEM else int(key)
    labels = _labels(community_id)
    groups = {} if community_id is None else _groups(community_id)
    granting: dict[str, list[Entry]] = {}
    for entry in labels.values():
        for grant in entry.grants:
            granting.setdefault(grant, []).append(entry)
    return Book(labels, groups, granting) if labels or groups else EMPTY


books = LocalCache("label_books", _load)


def _labels(community_id: int | None) -> dict[int, Entry]:
    labels = Label.objects.alive().filter(Q(community=community_id), kind__in=COUNTING)
    known = labels.annotate(above=_all("parent_links__parent"))
    rows = {row["id"]: row for row in known.values(*READ, "above")}
    above = {pk: row["above"] for pk, row in rows.items()}
    # The same words come again in every community.
    names = {pk: sys.intern(row["name"]) for pk, row in rows.items()}
    grants = {
        pk: frozenset(sys.intern(normal(grant)) for grant in row["grants"])
        for pk, row in rows.items()
    }
    entries = {}
    for pk, row in rows.items():
        ways = tuple(ways_up(pk, above))
        entries[pk] = Entry(
            id=pk,
            name=names[pk],
            kind=sys.intern(row["kind"]),
            is_system=row["is_system"],
            own_grants=grants[pk],
            ways=ways,
            names=frozenset(names[way[-1]] for way in ways),
            grants=frozenset[str]().union(*(grants[way[-1]] for way in ways)),
        )
    return entries


def _groups(community_id: int) -> dict[int, Group]:
    groups = EntityGroup.objects.filter(community=community_id).annotate(
        above=_all("parent_links__parent"), places=_all("entities__entity")
    )
    rows = {row["id"]: row for row in groups.values("id", "name", "above", "places")}
    above = {pk: row["above"] for pk, row in rows.items()}
    spells = _spells_of_groups(rows) if rows else {}
    return {
        pk: Group(
            id=pk,
            name=row["name"],
            entities=frozenset(row["places"]),
            spells=tuple(spells.get(pk, ())),
            ways=tuple(ways_up(pk, above)),
        )
        for pk, row in rows.items()
    }


def _spells_of_groups(group_ids: Collection[int]) -> Mapping[int, list[Spell]]:
    """Return what is pinned on each, by the community or by the system."""
    pins = ObjectLabel.objects.filter(
        kind=Kind.ENTITY_GROUP.value, object_id__in=map(str, group_ids), ended_at=None
    )
    found: dict[int, list[Spell]] = defaultdict(list)
    for pin in pins.order_by("id"):
        spell = Spell(pin.label_id, pin.valid_from, pin.valid_until, sys.intern(pin.given_by))
        found[int(pin.object_id)].append(spell)
    return found


def _all(path: str) -> Any:
    there = Q(**{f"{path}__isnull": False})
    return ArrayAgg(path, filter=there, distinct=True, default=[])
