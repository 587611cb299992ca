"""Lists of assignments by the names that people use for labels and objects."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from identity import api as identity
from labels.data import Giver, Kind, Pin, Result, Status
from labels.models import Label
from labels.operations.assigning.deed import Deed, Target
from labels.operations.assigning.outcomes import NOBODY, UNKNOWN
from labels.operations.assigning.write import Work, give_pins, take_pins
from labels.queries.labels import find_labels
from labels.queries.naming import objects_named
from waddlebot.lib.locks import hold
from waddlebot.lib.retries import in_transaction
from waddlebot.lib.wire import MOST_INT

Number = Annotated[int, Meta(ge=1, le=MOST_INT)]
Moment = Annotated[datetime, Meta(tz=True)]

Refuse = Callable[[Iterable[Label]], Mapping[int, str]]
"""Says of which labels the asker may not give or take, and why."""

# People are held before anything else is.
ORDER: Final = (Kind.USER, Kind.COMMUNITY, Kind.MODULE, Kind.ENTITY_GROUP)


class Wish(msgspec.Struct, gc=False):
    """One label, by its id or name, on one object, by what its kind goes by (contract 4)."""

    label: Number | Annotated[str, Meta(min_length=1, max_length=50)]
    kind: Kind
    object_id: Number | Annotated[str, Meta(min_length=1, max_length=140)]
    community: Number | Annotated[str, Meta(max_length=50)] | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    reason: Annotated[str, Meta(max_length=200)] | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    giver: Giver
    refuse: Refuse


@in_transaction
def assign_named(
    *, community_id: int | None, wishes: Sequence[Wish | Result], asker: Asker, now: datetime
) -> list[Result]:
    """Give what is wished for, all in one transaction; a wish that fails fails alone.

    What is a Result already stands for an item that could not be read, and stays.
    """
    return _all(give_pins, community_id, wishes, asker, now)


@in_transaction
def remove_named(
    *, community_id: int | None, wishes: Sequence[Wish | Result], asker: Asker, now: datetime
) -> list[Result]:
    """Take away what is named; see `assign_named`."""
    return _all(take_pins, community_id, wishes, asker, now)


def _all(
    work: Work,
    community_id: int | None,
    wishes: Sequence[Wish | Result],
    asker: Asker,
    now: datetime,
) -> list[Result]:
    results = [wish if isinstance(wish, Result) else UNKNOWN for wish in wishes]
    by_kind: dict[Kind, list[int]] = defaultdict(list)
    for index, wish in enumerate(wishes):
        if isinstance(wish, Wish):
            by_kind[wish.kind].append(index)
    for kind in sorted(by_kind, key=ORDER.index):
        deed = Deed(community_id, kind, asker.giver, now)
        mine = [wish for wish in wishes if isinstance(wish, Wish) and wish.kind is kind]
        done = _of_kind(work, deed, mine, asker.refuse)
        for index, result in zip(by_kind[kind], done, strict=True):
            results[index] = result
    return results


def _of_kind(work: Work, deed: Deed, wishes: Sequence[Wish], refuse: Refuse) -> list[Result]:
    labels = _labels(deed, {wish.label for wish in wishes}, refuse)
    allowed = {name for name, label in labels.items() if isinstance(label, int)}
    names = {str(wish.object_id) for wish in wishes if wish.label in allowed}
    objects = _objects(deed, names) if names else {}
    judged = [_judge(wish, labels, objects) for wish in wishes]
    pins = [each for each in judged if isinstance(each, Pin)]
    hold("labels", deed.community_id)
    done = iter(work(deed, pins) if pins else ())
    return [next(done) if isinstance(each, Pin) else each for each in judged]


def _labels(
    deed: Deed, references: Collection[int | str], refuse: Refuse
) -> Mapping[int | str, int | Result]:
    """Return the ids of the labels that the asker may give, and why they may not the others."""
    found = find_labels(community_id=deed.community_id, kind=deed.kind, references=references)
    refusals = refuse({label.pk: label for label in found.values()}.values())
    return {
        name: Result(Status.ERROR, "forbidden", refusals[label.pk])
        if label.pk in refusals
        else label.pk
        for name, label in found.items()
    }


def _objects(deed: Deed, names: Collection[str]) -> Mapping[str, Target]:
    if deed.kind is Kind.USER:
        return identity.hold_named(community_id=deed.community_id, references=names)
    return objects_named(deed.kind, deed.community_id, names)


def _judge(
    wish: Wish, labels: Mapping[int | str, int | Result], objects: Mapping[str, Target]
) -> Pin | Result:
    label = labels.get(wish.label, UNKNOWN)
    if isinstance(label, Result):
        return label
    target = objects.get(str(wish.object_id))
    if target is None:
        return NOBODY
    return Pin(label, target, wish.valid_from, wish.valid_until, wish.reason or "")
