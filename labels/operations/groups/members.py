"""Putting people in groups and taking them out, up to a thousand at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from identity.api import hold_named
from labels.data import Result
from labels.models import EntityGroup
from labels.operations.announcing import forget_people
from labels.operations.assigning.outcomes import CREATED, NOBODY, REMOVED, UNCHANGED
from labels.operations.groups.telling import tell
from labels.operations.rules import wake
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.retries import in_transaction

MOST_NAMED: Final = 100
"""People that a row of the log names."""

# Two who change one group wait for each other, and for whoever removes it.
HOLD: Final = "SELECT FROM entity_groups WHERE id = %s FOR NO KEY UPDATE"
ADD: Final = """
INSERT INTO entity_group_members (group_id, user_id, added_at, added_by)
SELECT %(group)s, user_id, %(now)s, %(actor)s FROM unnest(%(people)s::bigint[]) AS user_id
ON CONFLICT DO NOTHING RETURNING user_id
"""
REMOVE: Final = """
DELETE FROM entity_group_members WHERE group_id = %(group)s AND user_id = ANY(%(people)s)
RETURNING user_id
"""

References = Sequence[str | Result]
"""Public ids and accounts (`twitch:42`); a Result stands for what could not be read, and stays."""


@in_transaction
def add_members(
    *, row: EntityGroup, references: References, actor: str, now: datetime
) -> list[Result]:
    """Put people in a group; return what became of each, in order."""
    people = _held(row, references)
    new = _run(ADD, row, people, now=now, actor=actor)
    if new:
        after = {"people": len(new), "members": _named(new)}
        _let_notice(row, new, now)
        tell(row, "entity_group.joined", actor, now, after=after)
    return _results(references, people, dict.fromkeys(new, CREATED))


@in_transaction
def remove_members(
    *, row: EntityGroup, references: References, actor: str, now: datetime
) -> list[Result]:
    """Take people out of a group. Taking out who is not in it is `unchanged`."""
    people = _held(row, references)
    gone = _run(REMOVE, row, people)
    if gone:
        before = {"people": len(gone), "members": _named(gone)}
        _let_notice(row, gone, now)
        tell(row, "entity_group.left", actor, now, before=before)
    return _results(references, people, dict.fromkeys(gone, REMOVED))


def _held(row: EntityGroup, references: References) -> Mapping[str, int]:
    """Return who is meant; they, and then the group, stay what they are till the commit."""
    names = {each for each in references if isinstance(each, str)}
    people = hold_named(community_id=row.community_id, references=names)
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [row.pk])
        if not cursor.fetchall():
            raise NotFoundError
    return people


def _run(statement: str, row: EntityGroup, people: Mapping[str, int], **rest: Any) -> list[int]:
    parameters = {"group": row.pk, "people": sorted(set(people.values())), **rest}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return sorted(user_id for (user_id,) in cursor.fetchall())


def _let_notice(row: EntityGroup, people: Sequence[int], now: datetime) -> None:
    """Have memory and rules look again at what they hold, before it is on the record."""
    forget_people(community_id=row.community_id, user_ids=people)
    wake(row.community_id, people, now)


def _results(
    references: References, people: Mapping[str, int], done: dict[int, Result]
) -> list[Result]:
    """Somebody who is named twice is dealt with once."""
    results = []
    for each in references:
        if isinstance(each, Result):
            results.append(each)
        elif each in people:
            results.append(done.pop(people[each], UNCHANGED))
        else:
            results.append(NOBODY)
    return results


def _named(people: Sequence[int]) -> list[str]:
    return [f"user:{user_id}" for user_id in people[:MOST_NAMED]]
