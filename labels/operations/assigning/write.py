"""Assigning and removing many at once, by a number of statements that does not grow with them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from identity.api import hold_people
from labels.data import Ended, Giver, Kind, Pin, Result, Source, Status
from labels.operations.assigning.deed import Deed, Spell
from labels.operations.assigning.outcomes import NOBODY
from labels.operations.assigning.plan import Plan, plan_giving, plan_taking
from labels.operations.assigning.rows import Rows
from labels.operations.assigning.telling import tell
from waddlebot.lib.locks import hold
from waddlebot.lib.retries import in_transaction

Work = Callable[[Deed, Sequence[Pin]], list[Result]]


@in_transaction
def assign(
    *, community_id: int | None, kind: Kind, pins: Sequence[Pin], giver: Giver, now: datetime
) -> list[Result]:
    """Pin labels of one community on objects of one kind; return what became of each, in order.

    Whoever may not, and objects other than people that are not there, were sorted out before.
    """
    return _with_held(give_pins, Deed(community_id, kind, giver, now), pins)


@in_transaction
def remove(
    *, community_id: int | None, kind: Kind, pins: Sequence[Pin], giver: Giver, now: datetime
) -> list[Result]:
    """Take labels off. Taking one that is not held, or that is another's to take, is `unchanged`.

    What is taken by hand (`Source.MANUAL`) no rule gives back, until it is given by hand.
    """
    return _with_held(take_pins, Deed(community_id, kind, giver, now), pins)


def give_pins(deed: Deed, pins: Sequence[Pin]) -> list[Result]:
    """The same while the people, and after them the labels of the community, are held."""
    rows = Rows(deed)
    known = rows.known_to_give(pins)
    plan = plan_giving(deed, pins, known)
    _end(rows, plan)
    if plan.given:
        rows.insert(plan.given, known.scopes)
    if known.unwanted and rows.is_personal and deed.giver.source is Source.MANUAL:
        wanted = zip(pins, plan.results, strict=True)
        rows.unsuppress([pin for pin, result in wanted if result.status is not Status.ERROR])
    tell(deed, plan)
    return plan.results


def take_pins(deed: Deed, pins: Sequence[Pin]) -> list[Result]:
    rows = Rows(deed)
    plan = plan_taking(deed, pins, rows.known(pins))
    taken = _end(rows, plan)[Ended.TAKEN]
    if taken and rows.is_personal and deed.giver.source is Source.MANUAL:
        rows.suppress(taken)
    tell(deed, plan)
    return plan.results


def _with_held(work: Work, deed: Deed, pins: Sequence[Pin]) -> list[Result]:
    """Do it while nobody else writes here, on whoever the people are by then."""
    meant = _as_they_are(pins) if deed.kind is Kind.USER else pins
    hold("labels", deed.community_id)
    results = iter(work(deed, [pin for pin in meant if pin]))
    return [next(results) if pin else NOBODY for pin in meant]


def _as_they_are(pins: Sequence[Pin]) -> list[Pin | None]:
    """Return the pins of people for whoever these are by now."""
    held = hold_people(int(pin.target) for pin in pins)
    return [
        pin
        if (person := held.get(int(pin.target))) == pin.target
        else (None if person is None else pin._replace(target=person))
        for pin in pins
    ]


def _end(rows: Rows, plan: Plan) -> dict[Ended, list[Spell]]:
    ended: dict[Ended, list[Spell]] = defaultdict(list)
    for spell, because in plan.ended.values():
        ended[because].append(spell)
    for because, spells in ended.items():
        rows.end([spell.id for spell in spells], because)
    return ended
