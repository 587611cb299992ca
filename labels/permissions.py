"""Who may do what to labels. Every view asks here once, and nothing below asks again."""

from collections.abc import Iterable

from django.utils import timezone
from rest_framework.request import Request

from identity import api as identity
from identity.data import Credential, Tenant
from labels.models import Label
from labels.queries.check import check
from labels.queries.labels import grants_of
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


def refusals_to_give(
    credential: Credential, community_id: int, labels: Iterable[Label]
) -> dict[int, str]:
    """Return why somebody may not give or take each of these; the ones they may are left out.

    Whoever may give labels at all may give those that permit nothing. One that permits something,
    by its parents too, wants `labels:assign:<its name>`: nobody lifts themselves up.
    """
    if not refusal_of(credential, community_id, "labels:assign:*"):
        return {}
    wanted = {label.pk: label for label in labels}
    permitting = grants_of(wanted).keys()
    refusal = refusal_of(credential, community_id, "labels:assign")
    reasons = {
        pk: refusal_of(credential, community_id, f"labels:assign:{label.name}")
        for pk, label in wanted.items()
        if refusal or pk in permitting
    }
    return {pk: reason for pk, reason in reasons.items() if reason}
