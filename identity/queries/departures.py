"""What somebody could be recognised by, and what they would leave behind."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q, QuerySet

from identity.data import Role
from identity.models import Community, IdentityLink, LinkRequest, Membership, User
from identity.queries.people import ids_of
from identity.queries.personal import community_ids_of
from identity.registry import Departure


def departure_of(user_id: int, *, now: datetime) -> Departure:
    user_ids = tuple(ids_of(user_id))
    return Departure(
        user_ids=user_ids,
        names=names_of_all(user_ids),
        accounts=accounts_of_all(user_ids),
        community_ids=frozenset(community_ids_of(user_ids)),
        closed_ids=frozenset(owned_alone(user_ids).values_list("pk", flat=True)),
        now=now,
    )


def accounts_of(user_id: int) -> frozenset[tuple[str, str]]:
    return accounts_of_all(ids_of(user_id))


def names_of(user_id: int) -> frozenset[str]:
    return names_of_all(ids_of(user_id))


def places_seen_of(user_id: int) -> list[int]:
    """Return the communities somebody belongs to, or was seen in."""
    return community_ids_of(ids_of(user_id))


def accounts_of_all(user_ids: Sequence[int]) -> frozenset[tuple[str, str]]:
    """Return (platform, platform_user_id) of all that is theirs, or was and is nobody else's."""
    links = IdentityLink.objects.filter(user_id__in=user_ids)
    proven = LinkRequest.objects.filter(user_id__in=user_ids, state=LinkRequest.State.VERIFIED)
    once = set(proven.exclude(platform_user_id="").values_list("platform", "platform_user_id"))
    others = IdentityLink.objects.exclude(user_id__in=user_ids).filter(
        platform_user_id__in=[each for _, each in once]
    )
    once -= set(others.values_list("platform", "platform_user_id"))
    signed_in = SocialAccount.objects.filter(user_id__in=user_ids).values_list("provider", "uid")
    return frozenset([*links.values_list("platform", "platform_user_id"), *signed_in, *once])


def names_of_all(user_ids: Sequence[int]) -> frozenset[str]:
    """Return every name these people have had here, their e-mail addresses among them."""
    names: set[str] = set()
    for user in User.objects.filter(pk__in=user_ids):
        names |= {user.username, user.display_name, user.email, user.public_id}
        names |= {user.first_name, user.last_name, user.get_full_name()}
    links = IdentityLink.objects.filter(user_id__in=user_ids)
    names |= _words(links.values_list("platform_username", "display_name"))
    proven = LinkRequest.objects.filter(user_id__in=user_ids, state=LinkRequest.State.VERIFIED)
    names |= _words(proven.values_list("platform_username", "display_name"))
    names |= _words(EmailAddress.objects.filter(user_id__in=user_ids).values_list("email"))
    return frozenset(name for name in names if name)


def owned_alone(user_ids: Sequence[int]) -> "QuerySet[Community]":
    """Return the communities they own in which nobody else is a member."""
    return owned_by(user_ids).exclude(pk__in=_with_others(user_ids, Role.MEMBER))


def last_owned(user_ids: Sequence[int]) -> "QuerySet[Community]":
    """Return the communities that others belong to and that would be left without an owner."""
    others = _with_others(user_ids, Role.MEMBER)
    return (
        owned_by(user_ids).filter(pk__in=others).exclude(pk__in=_with_others(user_ids, Role.OWNER))
    )


def owned_by(user_ids: Sequence[int]) -> "QuerySet[Community]":
    mine = Membership.objects.filter(user_id__in=user_ids, role=Role.OWNER)
    return Community.objects.filter(pk__in=mine.values("community_id")).order_by("pk")


def _with_others(user_ids: Sequence[int], role: Role) -> "QuerySet[Membership, int]":
    others = Membership.objects.filter(Q(role__gte=role) & ~Q(user_id__in=user_ids))
    return others.values_list("community_id", flat=True)


def _words(rows: Iterable[Sequence[str]]) -> set[str]:
    return {word for row in rows for word in row}
