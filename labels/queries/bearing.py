"""Who somebody is at this moment, from this process' memory; or many, by a few statements."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from identity import api as identity
from identity.data import Role
from labels.queries.bearer import NONE, PLATFORM_ROLES, Bearer, Counted, Own
from labels.queries.book import Book, Entry, Spell, places_of
from labels.queries.books import book_of, system_book
from labels.queries.held import NOTHING, held_by, held_by_many


def bearer(
    *,
    community_id: int,
    user_id: int,
    now: datetime,
    platform_roles: frozenset[str] = frozenset(),
    entity: str = "",
) -> Bearer:
    """Return somebody as they are `now`, from memory; 0 is nobody.

    `entity` says where: a group that names entities lends its labels there alone.
    """
    own_role, own = Role.NONE, [Own(book_of(community_id), NOTHING)]
    if user_id:
        own_role = identity.role_in(community_id=community_id, user_id=user_id)
        own = [Own(own[0].book, held_by(user_id, community_id=community_id))]
        system = system_book()
        if system.labels:
            own.append(Own(system, held_by(user_id, community_id=None)))
    worth = max((PLATFORM_ROLES.get(word, Role.NONE) for word in platform_roles), default=own_role)
    return Bearer(
        community_id=community_id,
        user_id=user_id,
        now=now,
        own_role=own_role,
        platform_roles=platform_roles,
        entity=entity,
        own=own,
        counted=tuple(_counted(own, now, places_of(entity))),
        role=max(own_role, worth),
    )


def bearers(*, community_id: int, roles: Mapping[int, Role], now: datetime) -> list[Bearer]:
    """Return many as they are everywhere, by a statement for each book; `roles` says whom."""
    sides: list[tuple[int | None, Book]] = [(community_id, book_of(community_id))]
    if system_book().labels:
        sides.append((None, system_book()))
    held = [held_by_many([*roles], community_id=place) for place, _ in sides]
    found = []
    for user_id, role in roles.items():
        own = [
            Own(book, known.get(user_id, NOTHING))
            for (_, book), known in zip(sides, held, strict=True)
        ]
        found.append(
            Bearer(
                community_id=community_id,
                user_id=user_id,
                now=now,
                own_role=role,
                platform_roles=NONE,
                entity="",
                own=own,
                counted=tuple(_counted(own, now, NONE)),
                role=role,
            )
        )
    return found


def lent(own: Sequence[Own]) -> Iterator[Counted]:
    """Return what their groups lend, be it at another time or place."""
    known = own[0].book.groups
    for group_id in own[0].held.groups:
        for way in known[group_id].ways if group_id in known else ():
            for spell in known[way[-1]].spells:
                entry = entry_of(own, spell)
                if entry is not None:
                    yield Counted(entry, spell, tuple(known[pk] for pk in way))


def entry_of(own: Sequence[Own], spell: Spell) -> Entry | None:
    """Return the label that is pinned on a group, be it the community's or the system's."""
    found = (side.book.labels.get(spell.label_id) for side in own)
    return next(filter(None, found), None)


def _counted(own: Sequence[Own], now: datetime, places: frozenset[str]) -> Iterator[Counted]:
    for side in own:
        labels = side.book.labels
        for spell in side.held.spells:
            if spell.label_id in labels and spell.counts(now):
                yield Counted(labels[spell.label_id], spell)
    if own[0].held.groups:
        for each in lent(own):
            if each.spell.counts(now) and each.groups[-1].is_at(places):
                yield each
