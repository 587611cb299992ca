"""The people of a community in the order of their ids, a page at a time."""

from collections.abc import Collection
from typing import Any, Final

from django.db import connection

from identity.data import Role
from identity.models import Membership

# Each role is a range of its own in the index, and ends after a page.
BY_ROLE: Final = """
SELECT found.user_id
FROM unnest(%(roles)s::smallint[]) AS wanted(word) CROSS JOIN LATERAL (
    SELECT user_id FROM memberships
    WHERE community_id = %(community_id)s AND role = wanted.word AND role > 0
        AND user_id > %(after)s
    ORDER BY user_id LIMIT %(most)s
) AS found
ORDER BY found.user_id LIMIT %(most)s
"""


def people_after(*, community_id: int, after: int, most: int) -> list[int]:
    """Return the ids that follow `after` among all whom the community has seen."""
    seen = Membership.objects.filter(community_id=community_id, user_id__gt=after)
    return list(seen.order_by("user_id").values_list("user_id", flat=True)[:most])


def members_after(*, community_id: int, least: Role, after: int, most: int) -> list[int]:
    """Return the ids that follow `after` among those who have a role, `least` or a higher one."""
    roles = [role.value for role in Role if role >= max(least, Role.MEMBER)]
    parameters: dict[str, Any] = {
        "roles": roles,
        "community_id": community_id,
        "after": after,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_ROLE, parameters)
        return [user_id for (user_id,) in cursor.fetchall()]


def roles_here(*, community_id: int, user_ids: Collection[int]) -> dict[int, Role]:
    """Return what these are in a community; whom it has never seen is left out."""
    rows = Membership.objects.filter(community_id=community_id, user_id__in=user_ids)
    return {user_id: Role(role) for user_id, role in rows.values_list("user_id", "role")}
