"""Going through those who hold labels in the order of their ids, as far as a page reaches.

The holders of a label are an index in that order, so a page costs what it looks at, however many
there are. Of several lists PostgreSQL knows best which to follow, and which to look up in.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Collate

from identity import api as identity
from labels.data import Kind
from labels.models import Label
from labels.queries.searching.asked import Place
from labels.queries.searching.kinds import HERE, NAMED, Key, Rows, holders_at
from labels.queries.searching.terms import Group, Terms

FEW_LISTS: Final = 10
FEW_HOLDERS: Final = 5000
AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Walk:
    """Through the objects of one kind."""

    community_id: int
    kind: Kind
    terms: Terms
    text: str
    place: Place | None
    backwards: bool
    now: datetime

    def keys(self, most: int) -> list[Key]:
        """Return whom the terms are true of: the first or, backwards, the last of them."""
        groups = self.terms.groups
        if not all(groups):
            return []
        if self.terms.alike is None:
            keys = self._by_label(groups, Q(), most)
        else:
            by_label = self._by_label((*groups, self.terms.alike), Q(), most)
            keys = [*by_label, *self._by_name(most)]
        return self._ordered(keys)[:most]

    def _ordered(self, keys: Iterable[Key]) -> list[Key]:
        return sorted(set(keys), reverse=self.backwards)

    def _by_label(self, groups: Collection[Group], also: Q, most: int) -> list[Key]:
        """Follow the holders of one group, and look up what else they hold."""
        first, *others = sorted(groups, key=self._effort) or [frozenset(self.terms.known)]
        holders, column = holders_at(self.kind, self.now)
        if self.kind is Kind.USER and len(first) > FEW_LISTS and _are_many(holders, first):
            people = identity.people_of(self.community_id)
            return list(self._page(self._meeting(people, column, [first, *others]), column, most))
        rows = self._meeting(holders.filter(also), column, others)
        system = {pk for pk in first if self.terms.known[pk].is_system}
        here = HERE[self.kind](self.community_id)
        return self._ordered(
            [
                *self._holding(first - system, rows, column, most),
                *self._holding(system, rows.filter(here), column, most),
            ]
        )[:most]

    def _effort(self, group: Group) -> tuple[bool, int]:
        return any(self.terms.known[pk].is_system for pk in group), len(group)

    def _holding(
        self, label_ids: Collection[int], rows: Rows, column: str, most: int
    ) -> Iterable[Key]:
        if len(label_ids) == 1:
            return self._page(rows.filter(label__in=label_ids), column, most)
        # The first of each list, all by one statement.
        firsts = ArraySubquery(self._page(rows.filter(label=OuterRef("pk")), column, most))
        labels = Label.objects.filter(pk__in=label_ids)
        return chain.from_iterable(labels.values_list(firsts, flat=True)) if label_ids else ()

    def _by_name(self, most: int) -> list[Key]:
        groups = self.terms.groups
        if self.kind is not Kind.USER:
            return self._by_label(groups, NAMED[self.kind](self.community_id, self.text), most)
        if not groups:
            return self._named_first(most, [frozenset(self.terms.known)])
        # How often names and labels meet, PostgreSQL cannot know: look at some.
        holders = self._by_label(groups, Q(), AT_ONCE)
        found = self._ordered(identity.those_named(self.text, among=holders))
        if len(found) < most and len(holders) == AT_ONCE:
            rest = replace(self, place=Place(self.kind, holders[-1], self.backwards))
            found += rest._named_first(most, groups)  # noqa: SLF001 - one of us
        return found

    def _named_first(self, most: int, groups: Iterable[Group]) -> list[Key]:
        start = int(self.place.key) if self.place else 0
        people = identity.people_like(
            self.text, community_id=self.community_id, side=self._side, of=start
        )
        return list(self._page(self._meeting(people, "pk", groups), "pk", most))

    @property
    def _side(self) -> str:
        return "lt" if self.backwards else "gt"

    def _behind(self, rows: Rows, column: str) -> Rows:
        """Keep what is behind where the page begins."""
        place = self.place
        return rows.filter(**{f"{column}__{self._side}": place.key}) if place else rows

    def _meeting(self, rows: Rows, column: str, groups: Iterable[Group]) -> Rows:
        """Keep of `rows` those whose `column` is an object that holds one of each group."""
        holders, whose = holders_at(self.kind, self.now)
        if self.kind is Kind.USER:
            # PostgreSQL does not conclude that who is looked up is behind the beginning too.
            holders = self._behind(holders, whose)
        same = holders.filter(**{whose: OuterRef(column)})
        for group in groups:
            rows = rows.filter(Exists(same.filter(label__in=group)))
        if self.terms.without:
            rows = rows.exclude(Exists(same.filter(label__in=self.terms.without)))
        return rows

    def _page(self, rows: Rows, column: str, most: int) -> Rows:
        """Return the first of them."""
        if self.kind is not Kind.USER:
            # Whatever order the database keeps its texts in, we merge lists by this one.
            rows, column = rows.annotate(key=Collate(column, "C")), "key"
        rows = self._behind(rows, column).order_by(f"-{column}" if self.backwards else column)
        return rows.values_list(column, flat=True)[:most]


def _are_many(holders: Rows, label_ids: Group) -> bool:
    found = holders.filter(label__in=label_ids).values("pk")
    return found[: FEW_HOLDERS + 1].count() > FEW_HOLDERS
