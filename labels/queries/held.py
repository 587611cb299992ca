"""What people hold, by ids alone, from this process' memory; the book says what it is worth."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection

from labels.models import GroupMember, UserLabel
from labels.queries.book import Spell
from labels.queries.books import SYSTEM
from waddlebot.lib.cache import LocalCache

# Of each label the spell that is open, else the one that ended last; and the groups.
HELD: Final = """
SELECT user_id, label_id, NULL::bigint, valid_from, valid_until, ended_at, given_by
FROM (
    SELECT DISTINCT ON (user_id, label_id) *
    FROM user_labels
    WHERE user_id = ANY(%(user_ids)s)
        AND (community_id = %(community_id)s::bigint
            OR community_id IS NULL AND %(community_id)s::bigint IS NULL)
    ORDER BY user_id, label_id, ended_at DESC NULLS FIRST, id DESC
) AS spells
UNION ALL
SELECT members.user_id, NULL, members.group_id, NULL, NULL, NULL, ''
FROM entity_group_members AS members JOIN entity_groups AS groups ON groups.id = members.group_id
WHERE members.user_id = ANY(%(user_ids)s) AND groups.community_id = %(community_id)s::bigint
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody holds of a community, or of the system; `past` is what they held before."""

    spells: tuple[Spell, ...] = ()
    groups: tuple[int, ...] = ()
    past: tuple[Spell, ...] = ()


NOTHING: Final = Held()


def held_by(user_id: int, *, community_id: int | None) -> Held:
    return held_labels.get(f"{SYSTEM if community_id is None else community_id}:{user_id}")


def held_by_many(user_ids: Sequence[int], *, community_id: int | None) -> Mapping[int, Held]:
    """Read what many people hold by one statement; whoever holds nothing is left out."""
    spells: dict[int, list[Spell]] = defaultdict(list)
    past: dict[int, list[Spell]] = defaultdict(list)
    groups: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"user_ids": list(user_ids), "community_id": community_id})
        for user_id, label_id, group_id, begins, ends, ended_at, given_by in cursor.fetchall():
            if group_id is not None:
                groups[user_id].append(group_id)
            elif ended_at is None:
                spells[user_id].append(Spell(label_id, begins, ends, given_by))
            else:
                until = min(ended_at, ends or ended_at)
                past[user_id].append(Spell(label_id, begins, until, given_by))
    return {
        user_id: Held(tuple(spells[user_id]), tuple(groups[user_id]), tuple(past[user_id]))
        for user_id in {*spells, *groups, *past}
    }


def communities_labelling(user_ids: Sequence[int]) -> list[int]:
    """Return the communities that have labelled one of these people, or put them in a group."""
    held = UserLabel.objects.filter(user_id__in=user_ids, community__isnull=False)
    joined = GroupMember.objects.filter(user_id__in=user_ids)
    return [
        *held.order_by()
        .values_list("community_id", flat=True)
        .union(joined.order_by().values_list("group__community_id", flat=True))
    ]


def _load(key: str) -> Held:
    community, _, user_id = key.partition(":")
    community_id = None if community == SYSTEM else int(community)
    return held_by_many([int(user_id)], community_id=community_id).get(int(user_id), NOTHING)


held_labels = LocalCache("labels", _load, size=100_000)
