"""Who may do what to labels. Every view asks here once, and nothing below asks again."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from django.utils import timezone
from rest_framework.request import Request

from identity import api as identity
from identity.data import Credential, Tenant
from labels.models import Label
from labels.queries.bearing import bearer
from labels.queries.check import check
from labels.queries.giving import refusal_of_name, refusals
from labels.queries.labels import Power
from labels.registry import normal, permission_of, role_handing_on
from waddlebot.lib.errors import ForbiddenError

FOR_GOOD: Final = datetime(9000, 1, 1, tzinfo=UTC)


class BeyondReachError(ForbiddenError):
    """Nobody makes a label worth more than they are themselves."""

    code = "beyond_reach"


def demand(request: Request, place: Tenant, permission: str) -> None:
    """Return when the asker has a permission in a community; raise ForbiddenError otherwise."""
    credential = identity.credential_of(request)
    identity.require_second_factor(credential, place.id)
    refusal = refusal_of(credential, place.id, permission)
    if refusal:
        raise ForbiddenError(refusal)


def demand_reach(request: Request, place: Tenant, before: Power, after: Power) -> None:
    """Return when a label may change from one worth to another, whoever holds it.

    Who manages labels by a label, and not by their role, moves only those that permit no more
    than they may for good; lets a label imply only what they may give; and calls none by a name
    that others ask for, unless they may give that one.
    """
    credential = identity.credential_of(request)
    beyond = [
        grant
        for grant in sorted(before.grants | after.grants)
        if not _may_hand_on(credential, place.id, grant)
    ]
    if beyond:
        raise BeyondReachError(f"It is for those who may do this themselves: {beyond[0]}.")
    parents = Label.objects.filter(pk__in=after.parents - before.parents)
    reasons = [*refusals_to_give(credential, place.id, parents).values()]
    if after.name not in {"", before.name}:
        refuse = partial(refusal_of, credential, place.id)
        reasons += [refusal_of_name(refuse, place.id, after.name)]
    if any(reasons):
        raise BeyondReachError(max(reasons))


def demand_lending(request: Request, place: Tenant, lent: Iterable[Label]) -> None:
    """Return when the asker may decide who holds these, which groups lend to their people."""
    credential, labels = identity.credential_of(request), list(lent)
    if any(label.is_system for label in labels) and not credential.is_staff:
        raise BeyondReachError("Labels of the system come with this group: that is for staff.")
    reasons = refusals_to_give(credential, place.id, labels)
    if reasons:
        raise BeyondReachError(f"Labels come with this group. {min(reasons.values())}")


def refusal_of(credential: Credential, community_id: int, permission: str) -> str:
    """Return why somebody may not, or nothing when they may."""
    if credential.is_staff:
        return ""
    decision = check(
        community_id=community_id,
        user_id=credential.user_id,
        permission=permission,
        now=timezone.now(),
        told_to=credential.user_id,
    )
    return "" if decision.allowed else decision.reason


def _may_hand_on(credential: Credential, community_id: int, grant: str) -> bool:
    """Tell whether somebody has all of `grant` by their role, or by labels that do not end."""
    role = identity.role_in(community_id=community_id, user_id=credential.user_id)
    if credential.is_staff or role >= role_handing_on(grant):
        return True
    if role >= permission_of(grant).min_role:  # So it is their role that would allow it.
        return False
    who = partial(bearer, community_id=community_id, user_id=credential.user_id)
    # That anybody may today, as with a command that requires nothing, is no right of theirs.
    return all(who(now=now).label_granting(normal(grant)) for now in (timezone.now(), FOR_GOOD))


def refusals_to_give(
    credential: Credential, community_id: int, labels: Iterable[Label]
) -> dict[int, str]:
    """Return why a credential may not give or take each of these; see `giving.refusals`."""
    return refusals(partial(refusal_of, credential, community_id), community_id, labels)


def refusals_to_let_give(
    user_id: int | None, community_id: int, labels: Iterable[Label]
) -> dict[int, str]:
    """The same for what somebody has asked for earlier, by what they may now; None may all."""
    if user_id is None:
        return {}
    person = identity.person_by_id(user_id)
    if person is None:
        return {label.pk: "Whoever asked for this is gone." for label in labels}
    credential = Credential("job", person.id, person.is_staff, frozenset())
    return refusals_to_give(credential, community_id, labels)
