"""People, and the platform accounts they are known by."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet

from identity.data import Credential, Person, Role
from identity.models import IdentityLink, Membership, User
from waddlebot.lib.cache import SEPARATOR, LocalCache

MOST_SHOWN: Final = 200
LONGEST_CHAIN: Final = 100

# UNION, not UNION ALL: it would end even if somebody had made a circle by hand.
IDS_OF: Final = """
WITH RECURSIVE merged(id) AS (
    SELECT id FROM auth_user WHERE merged_into_id = %s
    UNION
    SELECT auth_user.id FROM auth_user JOIN merged ON auth_user.merged_into_id = merged.id
)
SELECT id FROM merged ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody behind a platform account, and the names last seen there."""

    person: Person
    user_name: str
    display_name: str


def as_person(user: User) -> Person:
    return Person(
        id=user.pk,
        public_id=user.public_id,
        name=str(user),
        is_staged=user.is_staged,
        is_staff=user.is_staff,
    )


class UnknownAccountError(LookupError):
    """Raised instead of remembered: the next one who looks may meet them."""


def known(platform: str, platform_user_id: str) -> Known:
    link = link_of(platform, platform_user_id)
    if link is None:
        raise UnknownAccountError
    return Known(as_person(link.user), link.platform_username, link.display_name)


def known_accounts(accounts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """Return who is known of these (platform, platform_user_id)."""
    by_platform: dict[str, list[str]] = defaultdict(list)
    for platform, platform_user_id in accounts:
        by_platform[platform].append(platform_user_id)
    links = IdentityLink.objects.select_related("user")
    return {
        (platform, link.platform_user_id): Known(
            as_person(link.user), link.platform_username, link.display_name
        )
        for platform, ids in by_platform.items()
        for link in links.filter(platform=platform, platform_user_id__in=ids)
    }


def link_of(platform: str, platform_user_id: str) -> IdentityLink | None:
    links = IdentityLink.objects.select_related("user")
    return links.filter(platform=platform, platform_user_id=platform_user_id).first()


def _load(key: str) -> Known:
    return known(*key.split(SEPARATOR, 1))


people = LocalCache("people", _load, size=100_000)


def is_remembered(platform: str, platform_user_id: str) -> bool:
    """Return whether this process knows who is behind an account, without asking anybody."""
    return people.peek(f"{platform}{SEPARATOR}{platform_user_id}") is not None


def person_by_id(user_id: int) -> Person | None:
    return _person(pk=user_id)


def person_by_public_id(public_id: str) -> Person | None:
    return _person(public_id=public_id)


def person_by_username(username: str) -> Person | None:
    return _person(username=username)


def _person(**which: Any) -> Person | None:
    """Return who this is, or whom they were merged into."""
    user = User.objects.filter(**which).first()
    for _ in range(LONGEST_CHAIN):
        if user is None or user.merged_into_id is None:
            break
        user = User.objects.filter(pk=user.merged_into_id).first()
    return as_person(user) if user else None


def ids_of(user_id: int) -> tuple[int, ...]:
    """Return the ids somebody has had: their own first, then those of all merged into them.

    What is too much to rewrite (what ran, the AAA log) keeps the id it was written with.
    """
    with connection.cursor() as cursor:
        cursor.execute(IDS_OF, [user_id])
        return user_id, *(found for (found,) in cursor.fetchall())


def links_of(user_id: int) -> list[IdentityLink]:
    return list(IdentityLink.objects.filter(user_id=user_id).order_by("pk")[:MOST_SHOWN])


def people_seen_by(credential: Credential) -> "QuerySet[User]":
    """Return the asker, and whoever belongs to a community of theirs or was seen there."""
    if credential.is_staff and credential.community_id is None:
        return User.objects.all()
    members = Membership.objects.all()
    if credential.community_id is not None:
        members = members.filter(community_id=credential.community_id)
    if not credential.is_staff:
        mine = Membership.objects.of_members().filter(user_id=credential.user_id)
        members = members.filter(community_id__in=mine.values("community_id"))
    return User.objects.filter(Q(pk=credential.user_id) | Q(pk__in=members.values("user_id")))


def places_of(user_id: int, *, only: int | None) -> list[dict[str, Any]]:
    """Return the communities somebody belongs to, those joined last first."""
    memberships = Membership.objects.of_members().filter(user_id=user_id)
    if only is not None:
        memberships = memberships.filter(community_id=only)
    return [
        {
            "id": each.community_id,
            "slug": each.community.slug,
            "name": each.community.name,
            "role": Role(each.role).word,
            "reputation": each.reputation,
        }
        for each in memberships.select_related("community").order_by("-pk")[:MOST_SHOWN]
    ]
