"""What is asked of labels in chat: by names, about people, by whoever is typing."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from labels.data import Kind, LabelFacts
from labels.models import Label
from labels.queries.bearer import Bearer
from labels.queries.book import Entry
from labels.queries.books import book_of, system_book
from labels.queries.giving import refusal_of_name, refusals, refusing
from labels.queries.labels import exclusive_siblings, label_named
from labels.queries.spells import counting_at, spells_of


def label_facts(*, community_id: int, name: str) -> LabelFacts | None:
    """Return what is known of a label that people of a community may hold."""
    row = label_named(community_id=community_id, kind=Kind.USER, name=name) or label_named(
        community_id=None, kind=Kind.USER, name=name
    )
    if row is None:
        return None
    known = (book_of(community_id) if row.community_id else system_book()).labels
    siblings = exclusive_siblings(row.community_id, [row])[row.pk]
    return LabelFacts(
        id=row.pk,
        name=row.name,
        description=row.description,
        is_system=row.is_system,
        # A label made just now is in no book yet, and implies nothing.
        grants=known[row.pk].grants if row.pk in known else frozenset(row.grants),
        implied=known[row.pk].names - {row.name} if row.pk in known else frozenset(),
        implied_by=_names(e for e in known.values() if _is_held_with(e, row)),
        rivals=_names(known[pk] for pk in siblings if pk in known),
    )


def _is_held_with(entry: Entry, row: Label) -> bool:
    """Tell whether another label that people are given implies this one."""
    return entry.kind == Kind.USER and entry.id != row.pk and row.name in entry.names


def _names(entries: Iterable[Entry]) -> frozenset[str]:
    return frozenset(each.name for each in entries)


def holders_now(*, label_id: int, now: datetime, most: int) -> tuple[Sequence[int], int]:
    """Return the first who were given a label that counts, and how many they are in all."""
    spells = counting_at(spells_of(Label.objects.get(pk=label_id)), now)
    return list(spells.order_by("pk").values_list("user_id", flat=True)[:most]), spells.count()


def groups_lending(*, community_id: int, name: str, now: datetime) -> list[str]:
    """Return the groups whose people hold a label of this name, by the name of the group."""
    labels = {**system_book().labels, **book_of(community_id).labels}
    return sorted(
        group.name
        for group in book_of(community_id).groups.values()
        for spell in group.spells
        if spell.counts(now) and spell.label_id in labels and name in labels[spell.label_id].names
    )


def refusal_to_give(somebody: Bearer, label: LabelFacts) -> str:
    """Return why somebody may not give or take a label, or nothing when they may."""
    if label.is_system:
        return f"{label.name} is given by WaddleBot's staff alone."
    row = Label.objects.get(pk=label.id)
    return refusals(refusing(somebody), somebody.community_id, [row]).get(row.pk, "")


def refusal_to_make(somebody: Bearer, name: str) -> str:
    """Return why somebody may not make a plain label, or nothing when they may."""
    refuse = refusing(somebody)
    refusal = refuse("labels:manage")
    return refusal or refusal_of_name(refuse, somebody.community_id, name)
