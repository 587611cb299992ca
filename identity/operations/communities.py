"""Communities, and who is what in them."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from identity.data import Role, Tenant
from identity.models import Community, Membership
from identity.operations.audit import record
from identity.queries.second_factors import has_second_factor
from identity.signals import community_created, members_changed
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError, Flaw, ForbiddenError, InvalidError


class SlugTakenError(ConflictError):
    code = "slug_taken"


class LastOwnerError(ConflictError):
    code = "last_owner"


class OwnMfaFirstError(ConflictError):
    code = "mfa_required"

    def __init__(self) -> None:
        super().__init__("Set up a second factor yourself first: this would lock you out.")


def create_community(
    *,
    name: str,
    slug: str,
    owner_id: int,
    description: str = "",
    actor: str = "system",
    now: datetime,
) -> Tenant:
    try:
        with transaction.atomic():
            row = Community.objects.create(
                name=name, slug=slug, description=description, created_at=now
            )
            Membership.objects.create(
                community=row, user_id=owner_id, role=Role.OWNER, joined_at=now
            )
            _forget(row)
            announce("roles", f"{row.pk}:{owner_id}")
            community_created.send(sender=Community, community_id=row.pk)
            _record("community_created", row, actor, before={}, now=now)
    except IntegrityError as error:
        raise _why(error) from error
    return Tenant(id=row.pk, slug=row.slug, name=row.name)


def change_community(
    *, community_id: int, changes: dict[str, Any], actor: str = "system", now: datetime
) -> None:
    """Change the name, slug or description, or whether owners need a second factor."""
    try:
        with transaction.atomic():
            row = Community.objects.select_for_update(no_key=True).get(pk=community_id)
            before = _facts(row)
            _forget(row)
            for name, value in changes.items():
                setattr(row, name, value)
            row.save(update_fields=[*changes])
            _forget(row)
            _record("community_changed", row, actor, before=before, now=now)
    except IntegrityError as error:
        raise _why(error) from error


def check_mfa_rule(*, community_id: int, user_id: int, by: Role, wanted: bool) -> None:
    """Raise unless somebody in the role `by` may have it `wanted` that owners need two factors."""
    if Community.objects.get(pk=community_id).require_owner_mfa is wanted:
        return
    if by < Role.OWNER:
        raise ForbiddenError("Only an owner can do this.")
    if wanted and not has_second_factor(user_id):
        raise OwnMfaFirstError


def set_role(
    *,
    community_id: int,
    user_id: int,
    role: Role,
    by: Role = Role.OWNER,
    actor: str = "system",
    now: datetime,
) -> None:
    """Give somebody a role, and a place in the community with it; `NONE` lets them go.

    Only owners, in whose role `by` says it is done, make and unmake owners. The last one stays.
    """
    with transaction.atomic():
        # Whoever changes roles here waits for whoever does so at the same time.
        Community.objects.select_for_update(no_key=True).get(pk=community_id)
        members = Membership.objects.filter(community_id=community_id)
        mine = members.filter(user_id=user_id)
        before = Role(mine.values_list("role", flat=True).first() or Role.NONE)
        if before is role:
            return
        if Role.OWNER in {before, role}:
            _check_owners(members, by=by, is_leaving=before is Role.OWNER)
        joined = {"joined_at": now} if before is Role.NONE else {}
        members.update_or_create(
            user_id=user_id, community_id=community_id, defaults={"role": role, **joined}
        )
        announce("roles", f"{community_id}:{user_id}")
        members_changed.send(sender=Community, community_id=community_id, user_ids=[user_id])
        _record_role(community_id, user_id, actor, (before, role), now)


def _check_owners(members: "QuerySet[Membership]", *, by: Role, is_leaving: bool) -> None:
    if by < Role.OWNER:
        raise ForbiddenError("Only an owner can do this.")
    if is_leaving and members.filter(role=Role.OWNER).count() == 1:
        raise LastOwnerError("A community needs an owner. Name another one first.")


def _record_role(
    community_id: int, user_id: int, actor: str, change: tuple[Role, Role], now: datetime
) -> None:
    record(
        category="audit",
        action="role_changed",
        actor=actor,
        community_id=community_id,
        target=f"user:{user_id}",
        details={"before": change[0].word, "after": change[1].word},
        now=now,
    )


def _forget(row: Community) -> None:
    announce("tenants", row.slug)
    announce("tenants", str(row.pk))


def _facts(row: Community) -> dict[str, Any]:
    return {
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "require_owner_mfa": row.require_owner_mfa,
    }


def _record(
    action: str, row: Community, actor: str, *, before: dict[str, Any], now: datetime
) -> None:
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.pk,
        target=f"community:{row.pk}",
        details={"before": before, "after": _facts(row)},
        now=now,
    )


def _why(error: IntegrityError) -> Exception:
    if "communities_slug_key" in str(error):
        return SlugTakenError("Another community has this slug.")
    if "slug_is_lower_case" in str(error):
        flaw = Flaw("#/slug", "Lower-case letters, digits and hyphens, with a letter among them.")
        return InvalidError("The slug is malformed.", errors=[flaw])
    return error
