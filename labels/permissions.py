"""Who may do what to labels. Every view asks here once, and nothing below asks again."""

from django.utils import timezone
from rest_framework.request import Request

from identity import api as identity
from identity.data import Credential, Tenant
from labels.queries.check import check
from waddlebot.lib.errors import ForbiddenError


def demand(request: Request, place: Tenant, permission: str) -> None:
    """Return when the asker has a permission in a community; raise ForbiddenError otherwise."""
    credential = identity.credential_of(request)
    identity.require_second_factor(credential, place.id)
    refusal = refusal_of(credential, place.id, permission)
    if refusal:
        raise ForbiddenError(refusal)


def refusal_of(credential: Credential, community_id: int, permission: str) -> str:
    """Return why somebody may not, or nothing when they may."""
    if credential.is_staff:
        return ""
    decision = check(
        community_id=community_id,
        user_id=credential.user_id,
        permission=permission,
        now=timezone.now(),
    )
    return "" if decision.allowed else decision.reason
