"""Who may what in a community, and who may one thing: by set, and a page of people at a time."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from identity import api as identity
from identity.data import Role
from labels.data import Question
from labels.queries.bearer import NONE, ROLES, Bearer
from labels.queries.bearing import bearers
from labels.queries.book import Book
from labels.queries.books import book_of
from labels.queries.rights import labels_worth

MOST_ROUNDS: Final = 20

HOLDERS: Final = """
SELECT found.user_id
FROM unnest(%(labels)s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT user_id FROM user_labels
    WHERE label_id = wanted.id AND ended_at IS NULL AND user_id > %(after)s
        AND (valid_from IS NULL OR valid_from <= %(now)s)
        AND (valid_until IS NULL OR valid_until > %(now)s)
    ORDER BY user_id LIMIT %(most)s
) AS found
UNION
SELECT found.user_id
FROM unnest(%(groups)s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (
    SELECT user_id FROM entity_group_members
    WHERE group_id = wanted.id AND user_id > %(after)s
    ORDER BY user_id LIMIT %(most)s
) AS found
ORDER BY user_id LIMIT %(most)s
"""


def people(*, community_id: int, after: int, most: int, now: datetime) -> list[Bearer]:
    """Return the people that follow `after`, by a number of statements that does not grow."""
    ids = identity.people_after(community_id=community_id, after=after, most=most)
    return _as_they_are(community_id, ids, now)


def somebody(user_id: int, *, community_id: int, now: datetime) -> list[Bearer]:
    """Return one of them, in a list that is empty when the community has never seen them."""
    return _as_they_are(community_id, [user_id], now)


def people_who_may(
    question: Question, *, community_id: int, after: int, most: int, now: datetime
) -> tuple[list[Bearer], int | None]:
    """Return people who may, and after whom to go on; None: there are no more.

    A page may be short though others follow, where many hold a label and are not of this place.
    """
    found: list[Bearer] = []
    sources = _Sources.of(question, community_id, now)
    for _ in range(MOST_ROUNDS):
        ids = sources.after(after, most + 1)
        found += [each for each in _as_they_are(community_id, ids, now) if each.may(question)]
        if len(found) > most:
            return found[:most], found[most - 1].user_id
        if len(ids) <= most:
            return found, None
        after = ids[-1]
    return found, after


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where those who may are among: a role and above, holders of labels, members of groups."""

    community_id: int
    now: datetime
    least: Role | None
    label_ids: list[int]
    group_ids: list[int]

    @classmethod
    def of(cls, question: Question, community_id: int, now: datetime) -> "_Sources":
        asked = question.requires
        # What somebody is on a platform is known there alone.
        names = NONE if asked.platform_roles else asked.any_label
        by_role = not (asked.any_label or asked.platform_roles)
        label_ids = [entry.id for entry in labels_worth(question, names, community_id)]
        return cls(
            community_id=community_id,
            now=now,
            least=ROLES.get(asked.min_role, Role.NONE) if by_role else None,
            label_ids=label_ids,
            group_ids=list(_lending(book_of(community_id), {*label_ids}, now)),
        )

    def after(self, after: int, most: int) -> list[int]:
        """Return the ids that follow `after`, in order."""
        here = {"community_id": self.community_id, "after": after, "most": most}
        by_role: list[int] = []
        if self.least is Role.NONE:
            return identity.people_after(**here)
        if self.least is not None:
            by_role = identity.members_after(least=self.least, **here)
        return sorted({*by_role, *self._holders(after, most)})[:most]

    def _holders(self, after: int, most: int) -> list[int]:
        parameters: dict[str, Any] = {
            "labels": self.label_ids,
            "groups": self.group_ids,
            "after": after,
            "most": most,
            "now": self.now,
        }
        with connection.cursor() as cursor:
            cursor.execute(HOLDERS, parameters)
            return [user_id for (user_id,) in cursor.fetchall()]


def _as_they_are(community_id: int, ids: Sequence[int], now: datetime) -> list[Bearer]:
    known = identity.roles_here(community_id=community_id, user_ids=ids)
    roles = {user_id: known[user_id] for user_id in ids if user_id in known}
    return bearers(community_id=community_id, roles=roles, now=now)


def _lending(book: Book, label_ids: Collection[int], now: datetime) -> Iterator[int]:
    """Return the groups whose members hold one of these everywhere."""
    for group in book.groups.values():
        lenders = (book.groups[way[-1]] for way in group.ways)
        if any(
            spell.label_id in label_ids and spell.counts(now) and not lender.entities
            for lender in lenders
            for spell in lender.spells
        ):
            yield group.id
