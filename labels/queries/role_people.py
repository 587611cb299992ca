"""Whom a role rule concerns: who is in its group, and holds its label in one way or another."""

from datetime import datetime
from typing import Any, Final

from django.db import connection

from labels.models import RoleRule

# Whoever is in a nested group is in the group; whoever holds a child of the label holds it. A
# group lends its labels to its people, where it names no place or this server.
WAYS: Final = """
WITH RECURSIVE inside(id) AS (
    SELECT %(group)s::bigint
    UNION
    SELECT links.group_id FROM entity_group_links AS links
    JOIN inside ON links.parent_id = inside.id
), meaning(id) AS (
    SELECT id FROM labels WHERE id = %(label)s AND deleted_at IS NULL
    UNION
    SELECT labels.id FROM meaning JOIN label_parents AS links ON links.parent_id = meaning.id
    JOIN labels ON labels.id = links.label_id AND labels.deleted_at IS NULL
), lending(id) AS (
    SELECT groups.id FROM entity_groups AS groups
    JOIN object_labels AS held ON held.kind = 'entity_group' AND held.object_id = groups.id::text
    JOIN meaning ON meaning.id = held.label_id
    WHERE groups.community_id = %(community)s AND held.ended_at IS NULL
    AND (held.valid_from IS NULL OR held.valid_from <= %(now)s)
    AND (held.valid_until IS NULL OR held.valid_until > %(now)s)
    AND (NOT EXISTS (SELECT FROM entity_group_entities AS named WHERE named.group_id = groups.id)
        OR EXISTS (SELECT FROM entity_group_entities AS named
            WHERE named.group_id = groups.id AND named.entity = %(server)s))
    UNION
    SELECT links.group_id FROM entity_group_links AS links
    JOIN lending ON links.parent_id = lending.id
)
"""
PEOPLE: Final = f"""
{WAYS}
SELECT DISTINCT members.user_id
FROM entity_group_members AS members JOIN inside ON members.group_id = inside.id
WHERE EXISTS (
    SELECT FROM user_labels AS held JOIN meaning ON meaning.id = held.label_id
    WHERE held.user_id = members.user_id AND held.ended_at IS NULL
    AND (held.valid_from IS NULL OR held.valid_from <= %(now)s)
    AND (held.valid_until IS NULL OR held.valid_until > %(now)s)
) OR EXISTS (
    SELECT FROM entity_group_members AS lent JOIN lending ON lent.group_id = lending.id
    WHERE lent.user_id = members.user_id
)
ORDER BY members.user_id
"""  # noqa: S608 - nothing but what stands above
NEXT_CHANGE: Final = f"""
{WAYS}
SELECT min(moment) FROM (
    SELECT unnest(ARRAY[held.valid_from, held.valid_until]) AS moment
    FROM user_labels AS held JOIN meaning ON meaning.id = held.label_id
    WHERE held.ended_at IS NULL
    UNION ALL
    SELECT unnest(ARRAY[held.valid_from, held.valid_until])
    FROM object_labels AS held JOIN meaning ON meaning.id = held.label_id
    WHERE held.ended_at IS NULL AND held.kind = 'entity_group'
) AS bounds
WHERE moment > %(now)s
"""  # noqa: S608 - likewise


def people_of(rule: RoleRule, *, now: datetime) -> list[int]:
    """Return who should have the role now."""
    if not rule.enabled or rule.deleted_at is not None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, _values(rule, now))
        return [user_id for (user_id,) in cursor.fetchall()]


def next_change(rule: RoleRule, *, now: datetime) -> datetime | None:
    """Return when one of the labels in question begins or ends by itself."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_CHANGE, _values(rule, now))
        found: datetime | None = cursor.fetchone()[0]
        return found


def _values(rule: RoleRule, now: datetime) -> dict[str, Any]:
    return {
        "group": rule.group_id,
        "community": rule.group.community_id,
        "label": rule.label_id,
        "server": f"{rule.platform}+{rule.server_id}",
        "now": now,
    }
