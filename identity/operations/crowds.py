"""Many people at once: a batch of events costs a handful of statements, not one for each."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction

from identity.data import Person, Role, Sighting
from identity.models import Membership
from identity.operations.people import visits
from identity.operations.staging import stage
from identity.queries.people import Known, known_accounts, people
from waddlebot.lib.cache import SEPARATOR

UNKNOWN: Final = """
SELECT seen.platform, seen.platform_user_id
FROM unnest(%(platforms)s::text[], %(ids)s::text[]) AS seen(platform, platform_user_id)
LEFT JOIN identity_links AS links USING (platform, platform_user_id)
WHERE links.id IS NULL
"""
SEEN_HERE: Final = """
INSERT INTO memberships (community_id, user_id, role, joined_at)
SELECT DISTINCT %(community_id)s, links.user_id, 0, %(now)s::timestamptz
FROM unnest(%(platforms)s::text[], %(ids)s::text[]) AS seen(platform, platform_user_id)
JOIN identity_links AS links USING (platform, platform_user_id)
WHERE NOT EXISTS (SELECT FROM memberships AS known
    WHERE known.community_id = %(community_id)s AND known.user_id = links.user_id)
ON CONFLICT DO NOTHING
"""


def resolve_many(
    sightings: Collection[Sighting], *, seen_in: int, now: datetime
) -> dict[tuple[str, str], Person]:
    """Return the people behind platform accounts; those seen for the first time are made.

    As `resolve`, in one SELECT and, where there is somebody new, one INSERT for a thousand. A
    new name on the platform is left to whoever resolves that account alone.
    """
    seen = {(each.platform, each.platform_user_id): each for each in sightings}
    found = {key: known for key in seen if (known := people.peek(SEPARATOR.join(key)))}
    if unknown := seen.keys() - found.keys():
        found |= _load([seen[key] for key in unknown], now)
    _visit({known.person.id for known in found.values()}, seen_in, now)
    return {key: known.person for key, known in found.items()}


def introduce(sightings: Collection[Sighting], *, seen_in: int, now: datetime) -> None:
    """Make people of accounts nobody has seen yet, and all of them known to a community.

    As `resolve_many` for a crowd that nobody is going to ask for: three statements for a thousand,
    whoever they are, and nobody is remembered.
    """
    seen = {(each.platform, each.platform_user_id): each for each in sightings}
    platforms, ids = [key[0] for key in seen], [key[1] for key in seen]
    values: dict[str, Any] = {
        "platforms": platforms,
        "ids": ids,
        "community_id": seen_in,
        "now": now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UNKNOWN, values)
        stage([seen[key] for key in cursor.fetchall()], now=now)
        cursor.execute(SEEN_HERE, values)


def _load(sightings: list[Sighting], now: datetime) -> dict[tuple[str, str], Known]:
    accounts = [(each.platform, each.platform_user_id) for each in sightings]
    found = known_accounts(accounts)
    if new := [each for each in sightings if (each.platform, each.platform_user_id) not in found]:
        stage(new, now=now)
        found |= known_accounts([(each.platform, each.platform_user_id) for each in new])
    for key, known in found.items():
        # Not before the commit: a rolled back person must not be remembered.
        transaction.on_commit(partial(people.put, SEPARATOR.join(key), known))
    return found


def _visit(user_ids: Iterable[int], community_id: int, now: datetime) -> None:
    new = [user for user in user_ids if not visits.peek(f"{community_id}:{user}")]
    if not new:
        return
    roles = dict(
        Membership.objects.filter(community_id=community_id, user_id__in=new).values_list(
            "user_id", "role"
        )
    )
    first = [
        Membership(community_id=community_id, user_id=user, role=Role.NONE, joined_at=now)
        for user in sorted(set(new) - roles.keys())
    ]
    Membership.objects.bulk_create(first, ignore_conflicts=True)
    for user in new:
        key = f"{community_id}:{user}"
        transaction.on_commit(partial(visits.put, key, value=True))
