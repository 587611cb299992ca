"""Whom the API and chat mean: by public id, by an account of theirs, or by its name."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from identity.data import NamedHere
from identity.models import IdentityLink, Membership, User
from waddlebot.lib.arrays import texts

MOST_ALIKE: Final = 6
CASES: Final = (str, str.lower)

PUBLIC_ID: Final = re.compile(r"u_[0-9A-Za-z]{1,22}").fullmatch

# Nearly everybody is there, and is who they were.
FIND_PLAIN: Final = """
SELECT public_id, id FROM auth_user
WHERE public_id = ANY(%(public_ids)s::text[]) AND merged_into_id IS NULL
AND (%(community_id)s::bigint IS NULL OR id IN (
    SELECT user_id FROM memberships
    WHERE community_id = %(community_id)s AND user_id = ANY(ARRAY(
        SELECT id FROM auth_user WHERE public_id = ANY(%(public_ids)s::text[])
    ))
))
"""
# UNION, not UNION ALL: it would end even if somebody had made a circle by hand. A LATERAL with a
# LIMIT is looked up in an index for each, however the planner guesses.
FIND: Final = """
WITH RECURSIVE meant(reference, user_id, merged_into_id) AS (
    SELECT public_id::text, id, merged_into_id
    FROM auth_user WHERE public_id = ANY(%(public_ids)s::text[])
    UNION
    SELECT asked.reference, person.id, person.merged_into_id
    FROM unnest(%(references)s::text[], %(platforms)s::text[], %(account_ids)s::text[])
        AS asked(reference, platform, account_id)
    CROSS JOIN LATERAL (
        SELECT user_id FROM identity_links
        WHERE platform = asked.platform AND platform_user_id = asked.account_id LIMIT 1
    ) AS link
    CROSS JOIN LATERAL (
        SELECT id, merged_into_id FROM auth_user WHERE id = link.user_id LIMIT 1
    ) AS person
    UNION
    SELECT meant.reference, person.id, person.merged_into_id
    FROM meant CROSS JOIN LATERAL (
        SELECT id, merged_into_id FROM auth_user WHERE id = meant.merged_into_id LIMIT 1
    ) AS person
)
SELECT reference, user_id FROM meant
WHERE merged_into_id IS NULL AND (%(community_id)s::bigint IS NULL OR user_id IN (
    SELECT user_id FROM memberships
    WHERE community_id = %(community_id)s AND user_id = ANY(ARRAY(SELECT user_id FROM meant))
))
"""


def find_people(*, community_id: int | None, references: Collection[str]) -> dict[str, int]:
    """Return whom public ids (`u_…`) and accounts (`twitch:42`) mean, by two statements at most.

    Whoever was merged is their survivor. Those the community has never seen are left out, like
    those who are not there; without a community everybody counts.
    """
    public_ids = [each for each in references if PUBLIC_ID(each)]
    accounts = [each for each in references if ":" in each and "\0" not in each]
    found: dict[str, int] = {}
    if public_ids:
        parameters = {"public_ids": texts(public_ids), "community_id": community_id}
        found = dict(_rows(FIND_PLAIN, parameters))
    if accounts or len(found) < len(public_ids):
        others = [each for each in public_ids if each not in found]
        found |= dict(_rows(FIND, _parameters(community_id, others, accounts)))
    return found


def _parameters(
    community_id: int | None, public_ids: Sequence[str], accounts: Sequence[str]
) -> dict[str, Any]:
    parts = [each.split(":", 1) for each in accounts]
    return {
        "public_ids": texts(public_ids),
        "references": texts(accounts),
        "platforms": texts([platform for platform, _ in parts]),
        "account_ids": texts([account_id for _, account_id in parts]),
        "community_id": community_id,
    }


def _rows(sql: str, parameters: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall()
        return rows


def people_called(*, community_id: int, platform: str, user_name: str) -> list[NamedHere]:
    """Return those of a community who go by this name on a platform, the best known first.

    There may be several: names are given up there, and taken by others.
    """
    if "\0" in user_name:
        return []
    links = IdentityLink.objects.filter(
        platform=platform, platform_username__in={case(user_name) for case in CASES}
    )
    members = Membership.objects.filter(
        community_id=community_id, user_id__in=links.values("user_id")
    )
    ranked = members.order_by("-reputation", "-pk").values_list("user_id", flat=True)
    best = list(ranked[:MOST_ALIKE])
    accounts = {link.user_id: link for link in links.filter(user_id__in=best)}
    return [
        NamedHere(
            user_id=user_id,
            name=accounts[user_id].display_name or accounts[user_id].platform_username,
            account=f"{platform}:{accounts[user_id].platform_user_id}",
        )
        for user_id in best
        if user_id in accounts
    ]


def names_here(*, user_ids: Sequence[int], platform: str) -> dict[int, str]:
    """Return what people go by on a platform; never a login name, which is nobody's business."""
    known = User.objects.filter(pk__in=user_ids).values_list("pk", "display_name")
    names = {user_id: name or "somebody" for user_id, name in known}
    links = IdentityLink.objects.filter(platform=platform, user_id__in=user_ids).order_by("pk")
    return names | {link.user_id: link.display_name or link.platform_username for link in links}
