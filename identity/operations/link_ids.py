"""The ids linked accounts are known by: each is that of the request it was linked by."""

from datetime import datetime
from uuid import UUID

from identity.models import IdentityLink, LinkRequest
from identity.queries.links import LIVE

State = LinkRequest.State


def known_as(
    link: IdentityLink, method: str, request_id: UUID | None, now: datetime
) -> LinkRequest:
    """Return the request whose id the account is known by from now on."""
    known = LinkRequest.objects.filter(link=link, state=State.VERIFIED)
    if request_id is None:
        first = known.first()
        if first is not None:
            return first
        request_id = _asked_for(link)
    else:
        known.exclude(pk=request_id).update(link=None, state=State.CANCELLED)
    # It stays when the account is unlinked: erasing somebody takes what was theirs once, too.
    ended = {
        "user_id": link.user_id,
        "platform": link.platform,
        "platform_user_id": link.platform_user_id,
        "platform_username": link.platform_username,
        "display_name": link.display_name,
        "method": method,
        "link": link,
        "state": State.VERIFIED,
        "code_hash": None,
        "expires_at": now,
    }
    if request_id is None:
        return LinkRequest.objects.create(**ended)
    LinkRequest.objects.filter(pk=request_id).update(**ended)
    return LinkRequest.objects.get(pk=request_id)


def _asked_for(link: IdentityLink) -> UUID | None:
    """Return the request that a sign-in with the platform answers."""
    asked = LinkRequest.objects.filter(
        user_id=link.user_id,
        platform=link.platform,
        method=LinkRequest.Method.OAUTH,
        state__in=LIVE,
    )
    return asked.values_list("pk", flat=True).first()
