"""What it takes to hold a label: one that implies it, or to be in a group that lends it."""

from datetime import datetime
from typing import Final

from labels.queries.book import Group
from labels.queries.books import book_of, system_book

EVERYWHERE: Final[frozenset[str]] = frozenset()


def implying(community_id: int, label_id: int) -> frozenset[int]:
    """Return the labels whose holders hold a label: itself, and all that lead to it."""
    return frozenset(
        entry.id
        for book in (book_of(community_id), system_book())
        for entry in book.labels.values()
        if any(way[-1] == label_id for way in entry.ways)
    )


def lending(community_id: int, label_id: int, now: datetime) -> list[int]:
    """Return the groups whose people hold a label everywhere, by what is pinned on groups."""
    wanted, groups = implying(community_id, label_id), book_of(community_id).groups

    def lends(group: Group) -> bool:
        return group.is_at(EVERYWHERE) and any(
            spell.label_id in wanted and spell.counts(now) for spell in group.spells
        )

    return [
        group.id for group in groups.values() if any(lends(groups[way[-1]]) for way in group.ways)
    ]
