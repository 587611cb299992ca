"""People of whom something is about to be written: who they are by now, and will be till then."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from django.db import connection

from identity.queries.references import PUBLIC_ID, find_people
from waddlebot.lib.arrays import numbers, texts

# In the order of their ids, so that two who hold the same people do not wait for each other.
HOLD: Final = """
SELECT id, merged_into_id FROM auth_user WHERE id = ANY(%s::bigint[]) AND erased_at IS NULL
ORDER BY id FOR KEY SHARE
"""
HOLD_ALL: Final = f"""
WITH held AS MATERIALIZED ({HOLD}) SELECT count(*) FROM held WHERE merged_into_id IS NULL
"""  # noqa: S608 - all of it is ours.
# Nearly everybody is called by their public id, is there, and is who they were.
HOLD_PLAIN: Final = """
WITH held AS MATERIALIZED (
    SELECT id, public_id FROM auth_user
    WHERE public_id = ANY(%(public_ids)s::text[]) AND merged_into_id IS NULL AND erased_at IS NULL
    ORDER BY id FOR KEY SHARE
)
SELECT public_id, id FROM held WHERE %(community_id)s::bigint IS NULL OR id IN (
    SELECT user_id FROM memberships WHERE community_id = %(community_id)s
    AND user_id = ANY(ARRAY(SELECT id FROM held))
)
"""


def hold_people(user_ids: Iterable[int]) -> dict[int, int]:
    """Let nobody merge or erase these people until the transaction ends.

    Return whom each id means by now: one that was merged away means the survivor, one that means
    nobody is left out. Hold all people of a transaction at once, and before anything else.
    """
    asked = set(user_ids)
    if _are_all_there(asked):
        return {user_id: user_id for user_id in asked}
    known: dict[int, int | None] = {}
    wanted = asked
    while wanted:
        found = dict(_ask(HOLD, [numbers(wanted)]))
        known |= found
        wanted = {into for into in found.values() if into is not None and into not in known}
    means = {user_id: _survivor(user_id, known) for user_id in asked}
    return {user_id: survivor for user_id, survivor in means.items() if survivor is not None}


def hold_named(*, community_id: int | None, references: Collection[str]) -> dict[str, int]:
    """The same for whom public ids and accounts mean in a community; of None, anywhere."""
    if all(map(PUBLIC_ID, references)):
        plain = {"public_ids": texts(list(references)), "community_id": community_id}
        known = dict(_ask(HOLD_PLAIN, plain))
        if len(known) == len(set(references)):
            return known
    found = find_people(community_id=community_id, references=references)
    held = hold_people(found.values())
    return {name: held[user_id] for name, user_id in found.items() if user_id in held}


def _are_all_there(user_ids: Collection[int]) -> bool:
    """Hold them, and tell whether nobody was merged or is missing: so it is nearly always."""
    return bool(_ask(HOLD_ALL, [numbers(user_ids)])[0][0] == len(user_ids))


def _survivor(user_id: int, known: dict[int, int | None]) -> int | None:
    # As many steps as there are people end even if somebody had made a circle by hand.
    for _ in known:
        if (into := known.get(user_id)) is None:
            break
        user_id = into
    return user_id if user_id in known else None


def _ask(sql: str, parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall()
        return rows
