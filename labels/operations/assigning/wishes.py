"""Lists of assignments by the names that people use for labels and objects."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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

Refuse = Callable[[Iterable[Label]], Mapping[int, str]]
"""Says of which labels the asker may not give or take, and why."""

# People are held before anything else is.
ORDER: Final = (Kind.USER, Kind.COMMUNITY, Kind.MODULE, Kind.ENTITY_GROUP)


@dataclass(frozen=True, slots=True)
class Wish:
    """One label, by id or name, on one object."""

    label: int | str
    kind: Kind
    object_id: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    reason: str = ""


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
    by_kind: dict[Kind, dict[int, Wish]] = defaultdict(dict)
    for index, wish in enumerate(wishes):
        if isinstance(wish, Wish):
            by_kind[wish.kind][index] = wish
    for kind in sorted(by_kind, key=ORDER.index):
        deed = Deed(community_id, kind, asker.giver, now)
        done = _of_kind(work, deed, by_kind[kind].values(), asker.refuse)
        for index, result in zip(by_kind[kind], done, strict=True):
            results[index] = result
    return results


def _of_kind(work: Work, deed: Deed, wishes: Collection[Wish], refuse: Refuse) -> list[Result]:
    labels = find_labels(
        community_id=deed.community_id,
        kind=deed.kind,
        references={wish.label for wish in wishes},
    )
    refusals = refuse({label.pk: label for label in labels.values()}.values())
    allowed = [wish for wish in wishes if _is_allowed(labels.get(wish.label), refusals)]
    names = {wish.object_id for wish in allowed}
    objects = _objects(deed, names) if names else {}
    judged = [_judge(wish, labels, refusals, objects) for wish in wishes]
    pins = [pin for pin in judged if isinstance(pin, Pin)]
    hold("labels", deed.community_id)
    done = iter(work(deed, pins))
    return [next(done) if isinstance(each, Pin) else each for each in judged]


def _objects(deed: Deed, names: Collection[str]) -> Mapping[str, Target]:
    if deed.kind is Kind.USER:
        return identity.hold_named(community_id=deed.community_id, references=names)
    return objects_named(deed.kind, deed.community_id, names)


def _is_allowed(label: Label | None, refusals: Mapping[int, str]) -> bool:
    return label is not None and label.pk not in refusals


def _judge(
    wish: Wish,
    labels: Mapping[int | str, Label],
    refusals: Mapping[int, str],
    objects: Mapping[str, Target],
) -> Pin | Result:
    label = labels.get(wish.label)
    if label is None:
        return UNKNOWN
    if label.pk in refusals:
        return Result(Status.ERROR, "forbidden", refusals[label.pk])
    target = objects.get(wish.object_id)
    if target is None:
        return NOBODY
    return Pin(label.pk, target, wish.valid_from, wish.valid_until, wish.reason)
