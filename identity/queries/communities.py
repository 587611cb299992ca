"""Communities and who is what in them, from this process' memory."""

from django.db.models import Q, QuerySet

from identity.data import Credential, Role, Tenant
from identity.models import Community, Membership
from identity.queries.people import person_by_public_id
from waddlebot.lib.cache import LocalCache
from waddlebot.lib.errors import NotFoundError

LONGEST_SLUG = 50
LONGEST_ID = 18


def _load_tenant(reference: str) -> Tenant:
    # An unknown one raises, so that guessing names does not crowd out the known ones.
    is_id = reference.isdecimal()
    found = Community.objects.filter(Q(pk=int(reference)) if is_id else Q(slug=reference)).first()
    if found is None:
        raise NotFoundError
    return Tenant(
        id=found.pk,
        slug=found.slug,
        name=found.name,
        require_owner_mfa=found.require_owner_mfa,
    )


def _load_role(key: str) -> Role:
    community_id, _, user_id = key.partition(":")
    memberships = Membership.objects.filter(community_id=int(community_id), user_id=int(user_id))
    return Role(memberships.values_list("role", flat=True).first() or Role.NONE)


_tenants = LocalCache("tenants", _load_tenant)
_roles = LocalCache("roles", _load_role, size=100_000)


def tenant(reference: str) -> Tenant | None:
    """Return the community with this slug or id."""
    if not reference.isascii() or not reference.replace("-", "").isalnum():
        return None
    if len(reference) > (LONGEST_ID if reference.isdecimal() else LONGEST_SLUG):
        return None
    try:
        return _tenants.get(reference)
    except NotFoundError:
        return None


def tenant_by_id(community_id: int) -> Tenant | None:
    return tenant(str(community_id))


def role_in(*, community_id: int, user_id: int) -> Role:
    return _roles.get(f"{community_id}:{user_id}")


def roles_of(user_id: int) -> dict[int, Role]:
    """Return the communities somebody belongs to, with their role in each."""
    rows = Membership.objects.of_members().filter(user_id=user_id)
    return {row.community_id: Role(row.role) for row in rows.only("community_id", "role")}


def community_ids(*, after: int, limit: int) -> list[int]:
    """Return the ids that follow `after`, for work that goes through all communities."""
    ids = Community.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    return list(ids[:limit])


def community_row(community_id: int) -> Community:
    return Community.objects.get(pk=community_id)


def communities_seen_by(credential: Credential) -> "QuerySet[Community]":
    if credential.community_id is not None:
        return Community.objects.filter(pk=credential.community_id)
    if credential.is_staff:
        return Community.objects.all()
    mine = Membership.objects.of_members().filter(user_id=credential.user_id)
    return Community.objects.filter(pk__in=mine.values("community_id"))


def members_of(community_id: int) -> "QuerySet[Membership]":
    members = Membership.objects.of_members().filter(community_id=community_id)
    return members.select_related("user")


def member_by_public_id(*, community_id: int, public_id: str) -> Membership | None:
    person = person_by_public_id(public_id)
    return members_of(community_id).filter(user_id=person.id).first() if person else None
