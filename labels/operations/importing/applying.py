"""What the lines of a chunk wish for, done: in one transaction, by a handful of statements."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from identity import api as identity
from labels.data import Kind, Result
from labels.models import Label
from labels.operations.assigning import Asker, Wish, assign_named, remove_named
from labels.operations.importing.lines import Line
from labels.queries.labels import find_labels

NUMBER: Final = re.compile(r"[0-9]{1,18}")

Labels = Mapping[tuple[Kind, int | str], Label]


def try_out(
    community_id: int, lines: Sequence[Line | Result], asker: Asker, now: datetime
) -> list[Result]:
    """Return what would become of each line, and write nothing."""
    with transaction.atomic():
        results = carry_out(community_id, lines, asker, now)
        transaction.set_rollback(True)
    return results


def carry_out(
    community_id: int, lines: Sequence[Line | Result], asker: Asker, now: datetime
) -> list[Result]:
    """Return what has become of each line, in order; a Result is one that could not be read."""
    sound = {index: line for index, line in enumerate(lines) if isinstance(line, Line)}
    labels = _labels(community_id, sound.values())
    _make_people(community_id, sound.values(), labels, asker, now)
    done = {index: line for index, line in enumerate(lines) if isinstance(line, Result)}
    for removes, indexes in in_turns(sound, _people(community_id, sound.values())):
        work = remove_named if removes else assign_named
        wishes = [_meant(sound[index].wish, labels) for index in indexes]
        results = work(community_id=community_id, wishes=wishes, asker=asker, now=now)
        done |= zip(indexes, results, strict=True)
    return [done[index] for index in range(len(lines))]


def in_turns(
    lines: Mapping[int, Line], people: Mapping[str, int]
) -> Iterator[tuple[bool, list[int]]]:
    """Yield lines to do together: adding or removing, and for each object in their order."""
    turns: dict[tuple[int, bool], list[int]] = defaultdict(list)
    last: dict[tuple[Kind, int | str], tuple[int, bool]] = {}
    for index, line in lines.items():
        # Of the others two names may mean one object, too: there are few, and each waits.
        who = people.get(str(line.wish.object_id), "")
        target = (line.wish.kind, who)
        turn, removes = last.get(target, (0, line.removes))
        last[target] = (turn + (removes != line.removes), line.removes)
        turns[last[target]].append(index)
    for (_, removes), indexes in sorted(turns.items()):
        yield removes, indexes


def _people(community_id: int, lines: Iterable[Line]) -> Mapping[str, int]:
    """Return who is meant, where lines both give and take: somebody may be named in two ways."""
    if len({line.removes for line in lines}) == 1:
        return {}
    wishes = (line.wish for line in lines)
    names = {str(wish.object_id) for wish in wishes if wish.kind is Kind.USER}
    return identity.find_people(community_id=community_id, references=names)


def _labels(community_id: int, lines: Iterable[Line]) -> Labels:
    """Return the labels that lines mean by a number, and those of people to be made."""
    by_kind: dict[Kind, set[str]] = defaultdict(set)
    for line in lines:
        if line.sighting or is_number(line.wish):
            by_kind[line.wish.kind].add(str(line.wish.label))
    labels: dict[tuple[Kind, int | str], Label] = {}
    for kind, names in by_kind.items():
        # A label may be called 2024: a number is an id when nothing has that name.
        ids = {name: int(name) for name in names if NUMBER.fullmatch(name)}
        references = names | set(ids.values())
        found = find_labels(community_id=community_id, kind=kind, references=references)
        labels |= {(kind, name): found[ids[name]] for name in ids if ids[name] in found}
        labels |= {(kind, name): found[name] for name in names if name in found}
    return labels


def _meant(wish: Wish, labels: Labels) -> Wish:
    label = labels.get((wish.kind, wish.label)) if is_number(wish) else None
    return wish if label is None else msgspec.structs.replace(wish, label=label.pk)


def is_number(wish: Wish) -> bool:
    return NUMBER.fullmatch(str(wish.label)) is not None


def _make_people(
    community_id: int, lines: Iterable[Line], labels: Labels, asker: Asker, now: datetime
) -> None:
    """Make those of whom nobody knows yet, when they are to get something."""
    refused = asker.refuse(labels.values()) if labels else {}
    sightings = [
        line.sighting
        for line in lines
        if line.sighting
        and (label := labels.get((line.wish.kind, line.wish.label)))
        and label.pk not in refused
    ]
    if sightings:
        identity.introduce(sightings, seen_in=community_id, now=now)
