"""What becomes of each pin: decided from what is held, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labels.data import Ended, Pin, Result, Source
from labels.operations.assigning import outcomes
from labels.operations.assigning.deed import BY_PEOPLE, Deed, Key, Spell, Target

Place = tuple[int | str, Target]
"""Where one label can be at a time: a label's own on an object, or its exclusive scope's."""


@dataclass(slots=True)
class Known:
    """What is decided by: the labels that are named, by id, with their exclusive scopes; who holds
    them or, of their scopes, others; and how many labels those hold who may come to the limit.

    `unwanted` are labels that some do not want of a rule, `suppressed` says who.
    """

    scopes: Mapping[int, str]
    spells: Sequence[Spell]
    held: dict[Target, int]
    limit: int
    unwanted: frozenset[int] = frozenset()
    suppressed: frozenset[Key] = frozenset()


@dataclass(slots=True)
class Plan:
    """What to answer, and what to write."""

    results: list[Result]
    given: list[Pin] = field(default_factory=list)
    ended: dict[int, tuple[Spell, Ended]] = field(default_factory=dict)

    def end(self, spell: Spell, because: Ended) -> None:
        self.ended[spell.id] = spell, because


def plan_giving(deed: Deed, pins: Sequence[Pin], known: Known) -> Plan:
    """Of two pins that want one place the later counts; of two alike the earlier."""
    plan = Plan([outcomes.UNKNOWN] * len(pins))
    own = {label_id: scope or label_id for label_id, scope in known.scopes.items()}
    wanted: list[tuple[int, Pin, Place]] = []
    last: dict[Place, Pin] = {}
    for index, pin in enumerate(pins):
        if pin.label_id in own:
            if pin.valid_until is not None and _is_over(pin, deed):
                plan.results[index] = outcomes.OVER
                continue
            place = own[pin.label_id], pin.target
            last[place] = pin
            wanted.append((index, pin, place))
    giving = _Giving(deed, known, plan)
    for index, pin, place in wanted:
        plan.results[index] = giving.give(pin, place, last[place])
    return plan


def plan_taking(deed: Deed, pins: Sequence[Pin], known: Known) -> Plan:
    plan = Plan([outcomes.UNKNOWN] * len(pins))
    held = {spell.key: spell for spell in known.spells}
    for index, pin in enumerate(pins):
        if pin.label_id in known.scopes:
            spell = held.pop((pin.label_id, pin.target), None)
            plan.results[index] = _take(deed, spell, plan)
    return plan


class _Giving:
    def __init__(self, deed: Deed, known: Known, plan: Plan) -> None:
        self.deed, self.known, self.plan = deed, known, plan
        self.done: set[Place] = set()
        self.spells: dict[Place, Spell] = {}
        for spell in known.spells:
            self.spells[spell.key] = spell
            if spell.scope:
                self.spells[spell.scope, spell.target] = spell

    def give(self, pin: Pin, place: Place, last: Pin) -> Result:
        """Give unless `last`, who comes last to the place, wants something else there."""
        if pin is not last and not _are_alike(pin, last):
            return outcomes.SUPERSEDED
        if place in self.done:
            return outcomes.UNCHANGED
        self.done.add(place)
        if not self.spells:
            return self._give(pin)
        key = (pin.label_id, pin.target)
        held = self._open(key)
        other = None if place == key else self._open(place)
        return self._give(pin, held, None if other is held else other)

    def _give(self, pin: Pin, held: Spell | None = None, other: Spell | None = None) -> Result:
        """Give in the place of `held`, of the same label, and of `other`, its sibling."""
        if not self.deed.is_by_people and (refusal := self._refusal(pin, held, other)):
            return refusal
        if held and not other and self._is_as_wished(held, pin):
            return outcomes.UNCHANGED
        if not (held or other) and not self._has_room(pin.target):
            return outcomes.FULL
        for spell in (held, other):
            if spell:
                self.plan.end(spell, Ended.REPLACED)
        self.plan.given.append(pin)
        return outcomes.REPLACED if held or other else outcomes.CREATED

    def _open(self, place: Place) -> Spell | None:
        """Return what counts there; what is over gives way."""
        spell = self.spells.get(place)
        if spell and spell.is_over(self.deed.now):
            self.plan.end(spell, Ended.EXPIRED)
            return None
        return spell

    def _refusal(self, pin: Pin, held: Spell | None, other: Spell | None) -> Result | None:
        """Programs leave alone what people gave, and what is held by another's giving."""
        if any(spell and spell.source in BY_PEOPLE for spell in (held, other)):
            return outcomes.BY_HAND
        if held and not _is_theirs(held, self.deed):
            return outcomes.OTHERS
        return outcomes.SUPPRESSED if (pin.label_id, pin.target) in self.known.suppressed else None

    def _is_as_wished(self, held: Spell, pin: Pin) -> bool:
        if (held.valid_from, held.valid_until) != (pin.valid_from, pin.valid_until):
            return False
        # What a program gave becomes a person's, so that the program does not take it.
        return held.source in BY_PEOPLE or not self.deed.is_by_people

    def _has_room(self, target: Target) -> bool:
        count = self.known.held.get(target, 0)
        self.known.held[target] = count + 1
        return count < self.known.limit


def _take(deed: Deed, spell: Spell | None, plan: Plan) -> Result:
    if spell is None:
        return outcomes.UNCHANGED
    if spell.is_over(deed.now):
        plan.end(spell, Ended.EXPIRED)
        return outcomes.UNCHANGED
    if deed.giver.source is not Source.MANUAL and not _is_theirs(spell, deed):
        return outcomes.OTHERS
    plan.end(spell, Ended.TAKEN)
    return outcomes.REMOVED


def _is_theirs(spell: Spell, deed: Deed) -> bool:
    """Tell whether who acts gave it: any import what an import gave, of the rest each its own."""
    giver = deed.giver
    is_alike = spell.source == giver.source
    return is_alike and (spell.source == Source.IMPORT or spell.source_ref == giver.source_ref)


def _is_over(pin: Pin, deed: Deed) -> bool:
    until = pin.valid_until
    return until is not None and until <= max(deed.now, pin.valid_from or deed.now)


def _are_alike(one: Pin, other: Pin) -> bool:
    return (one.label_id, *one[2:4]) == (other.label_id, *other[2:4])
