"""What would let somebody who may not: the nearest of all labels that would, and who gives it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from identity import api as identity
from identity.data import Role
from labels.data import Kind
from labels.queries.bearer import Bearer
from labels.queries.bearing import bearer, entry_of, lent
from labels.queries.book import Entry, Group, Spell
from labels.queries.wording import at
from labels.registry import permission_of, question_of

STAFF: Final = "staff"
DISTANCE: Final = {Role.MODERATOR.word: 3, STAFF: 6}
"""How far a label is that only these may give; one for admins is in between."""


class Step(NamedTuple):
    """Something that would let them, and a sentence on it. The least `rank` is the nearest."""

    rank: tuple[int, float | str]
    would_allow: Mapping[str, Any]
    said: str


@dataclass(frozen=True, slots=True)
class Search:
    """For labels of these `names`, and for those that grant one of `grants`.

    `words` call somebody you or them; `told_to` is the id of who hears it, 0 a stranger's.
    """

    somebody: Bearer
    names: frozenset[str]
    grants: frozenset[str]
    words: Mapping[str, str]
    told_to: int = 0

    def nearest(self) -> Step | None:
        steps = (*self._held(), *self._lent(), *self._to_be_given(), *self._to_be_joined())
        return min(steps, key=lambda step: step.rank, default=None)

    def worth(self, entry: Entry) -> str:
        """Return its name, and what it has to do with what was asked."""
        if entry.name in self.names:
            return entry.name
        implied = sorted(self.names & entry.names)
        return f"{entry.name}, which {f'implies {implied[0]}' if implied else 'grants it'},"

    def finds(self, entry: Entry) -> bool:
        return not (self.names.isdisjoint(entry.names) and self.grants.isdisjoint(entry.grants))

    def _held(self) -> Iterator[Step]:
        for own in self.somebody.own:
            for spell in (*own.held.spells, *own.held.past):
                entry = own.book.labels.get(spell.label_id)
                if entry and self.finds(entry):
                    yield self._begins(entry, spell) or self._ended(entry, spell)

    def _begins(self, entry: Entry, spell: Spell) -> Step | None:
        now = self.somebody.now
        if spell.begins is None or spell.begins <= now or (spell.ends and spell.ends <= now):
            return None
        said = f"{self.words['They']} will hold {self.worth(entry)} from {at(spell.begins, now)}."
        told = {"kind": "label", "label": entry.name, "from": spell.begins}
        return Step((0, spell.begins.timestamp()), told, said)

    def _ended(self, entry: Entry, spell: Spell) -> Step:
        now = self.somebody.now
        until = spell.ends or now
        giver = self._name_of(spell.given_by, entry)
        said = (
            f"{self.words['They']} held {self.worth(entry)} until {at(until, now)}; "
            f"{giver or in_words(who_gives(entry))} may give it again."
        )
        told = {"kind": "label", "label": entry.name, "held_until": until}
        who = {"given_by": giver} if giver else {"who_gives": who_gives(entry)}
        return Step((1, -until.timestamp()), told | who, said)

    def _lent(self) -> Iterator[Step]:
        for each in lent(self.somebody.own):
            if self.finds(each.entry):
                group = each.groups[-1]
                begins = self._begins(each.entry, each.spell)
                if begins:
                    yield begins
                elif each.spell.counts(self.somebody.now):
                    yield self._at_places(each.entry, group)

    def _at_places(self, entry: Entry, group: Group) -> Step:
        places = sorted(group.entities)
        said = (
            f"{self.words['They']} have {entry.name} elsewhere: where the group {group.name} is."
        )
        told = {"kind": "place", "group": group.name, "label": entry.name, "entities": places[:20]}
        return Step((2, group.name), told, said)

    def _to_be_given(self) -> Iterator[Step]:
        for own in self.somebody.own:
            for entry in own.book.worth(self.names, self.grants):
                if entry.kind == Kind.USER:
                    who = who_gives(entry)
                    told = {"kind": "label", "label": entry.name, "who_gives": who}
                    said = f"{self.worth(entry)} may be given by {in_words(who)}."
                    rank = (DISTANCE.get(who, 4), f"{entry.name not in self.names} {entry.name}")
                    yield Step(rank, told, said)

    def _to_be_joined(self) -> Iterator[Step]:
        """Labels of groups are for those who are in one."""
        own = self.somebody.own
        for group in own[0].book.groups.values():
            for spell in group.spells:
                entry = entry_of(own, spell)
                if entry and self.finds(entry) and spell.counts(self.somebody.now):
                    told = {"kind": "group", "group": group.name, "label": entry.name}
                    said = f"{self.worth(entry)} is for whoever is in the group {group.name}."
                    yield Step((5, group.name), told, said)

    def _name_of(self, given_by: str, entry: Entry) -> str:
        """Return who gave it, if they may still; to those who may give labels themselves."""
        kind, _, giver = given_by.partition(":")
        if kind != "user" or not giver.isdecimal() or not self._may(self.told_to, "labels:assign"):
            return ""
        if not self._may(int(giver), right_to_give(entry)):
            return ""
        platform = self.somebody.entity.partition("+")[0]
        names = identity.names_here(user_ids=[int(giver)], platform=platform)
        return names.get(int(giver), "")

    def _may(self, user_id: int, permission: str) -> bool:
        here = self.somebody.community_id
        if not user_id:
            return False
        who = bearer(community_id=here, user_id=user_id, now=self.somebody.now)
        return who.may(question_of(permission, community_id=here))


def not_there(name: str) -> Step:
    told = {"kind": "label", "label": name, "exists": False}
    return Step((7, name), told, f"There is no label {name} here yet.")


def right_to_give(entry: Entry) -> str:
    return f"labels:assign:{entry.name}" if entry.grants else "labels:assign"


def who_gives(entry: Entry) -> str:
    """Return the least role that may give it, or `staff`."""
    if entry.is_system:
        return STAFF
    return permission_of(right_to_give(entry)).min_role.word


def in_words(who: str) -> str:
    return "WaddleBot's staff" if who == STAFF else f"{'an' if who[0] in 'ao' else 'a'} {who}"
