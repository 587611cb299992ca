"""One statement each on the rows of link requests: of any number who try at once, one wins."""

from datetime import datetime
from uuid import UUID

from django.db.models import Case, F, Q, QuerySet, Value, When

from identity.data import ChatAccount
from identity.models import LinkRequest
from identity.operations.link_codes import ATTEMPTS, LIFE, inbound_hashes, outbound_hashes

State = LinkRequest.State
Method = LinkRequest.Method


def take_inbound(typist: ChatAccount, code: str, now: datetime) -> LinkRequest | None:
    """Let whoever typed a good code confirm it; return the request as it was."""
    live = LinkRequest.objects.filter(
        Q(platform_username="") | Q(platform_username__iexact=typist.user_name),
        platform=typist.platform,
        method=Method.CHAT,
        state=State.PENDING,
        code_hash__in=inbound_hashes(platform=typist.platform, code=code),
        expires_at__gt=now,
    )
    row = live.first()
    if row is None or not live.filter(pk=row.pk).update(
        state=State.CONFIRMING,
        code_hash=None,
        platform_username=typist.user_name,
        platform_user_id=typist.platform_user_id,
        display_name=typist.display_name,
        expires_at=now + LIFE,
    ):
        return None
    return row


def take_outbound(
    user_id: int, code: str, now: datetime, *, only: UUID | None = None
) -> LinkRequest | None:
    """Spend a code that was sent for `user_id`; return the request it was sent for."""
    live = LinkRequest.objects.filter(
        user_id=user_id,
        method=Method.DM,
        state=State.PENDING,
        code_hash__in=outbound_hashes(user_id=user_id, code=code),
        expires_at__gt=now,
    )
    row = (live if only is None else live.filter(pk=only)).first()
    if row is None or not live.filter(pk=row.pk).update(state=State.VERIFIED):
        return None
    return row


def take_confirmation(typist: ChatAccount, now: datetime) -> LinkRequest | None:
    """Spend the second word of whoever typed a code; return what they confirmed."""
    waiting = LinkRequest.objects.filter(
        platform=typist.platform,
        platform_user_id=typist.platform_user_id,
        state=State.CONFIRMING,
        expires_at__gt=now,
    )
    row = waiting.first()
    if row is None or not waiting.filter(pk=row.pk).update(state=State.VERIFIED):
        return None
    row.platform_username, row.display_name = typist.user_name, typist.display_name
    return row


def count_against(rows: "QuerySet[LinkRequest]", *, now: datetime) -> int:
    """Count a wrong code against live requests; the last attempt burns one."""
    return rows.filter(state=State.PENDING, expires_at__gt=now).update(
        attempts=F("attempts") + 1,
        state=Case(
            When(attempts__gte=ATTEMPTS - 1, then=Value(State.BURNED.value)),
            default=F("state"),
        ),
    )


def could_mean(typist: ChatAccount, user_id: int) -> "QuerySet[LinkRequest]":
    """Return the requests that name this account, and those whose code was sent for its owner."""
    named = Q(
        method=Method.CHAT,
        platform=typist.platform,
        platform_username__iexact=typist.user_name or None,
    )
    return LinkRequest.objects.filter(named | Q(method=Method.DM, user_id=user_id))


def cancel_others(row: LinkRequest, typist: ChatAccount) -> None:
    """What an account typed before, it no longer confirms."""
    LinkRequest.objects.filter(
        platform=typist.platform,
        platform_user_id=typist.platform_user_id,
        state=State.CONFIRMING,
    ).exclude(pk=row.pk).update(state=State.CANCELLED)
