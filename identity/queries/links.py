"""Whose accounts are linked, and what was asked for and not done yet."""

from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q, QuerySet

from identity.data import LinkedAccount
from identity.models import IdentityLink, LinkRequest, User
from identity.queries.people import MOST_SHOWN, links_of

State = LinkRequest.State
LIVE: Final = (State.PENDING, State.CONFIRMING)


def live_requests(*, now: datetime) -> "QuerySet[LinkRequest]":
    return LinkRequest.objects.filter(state__in=LIVE, expires_at__gt=now)


def links_seen_by(user_id: int, *, now: datetime) -> "QuerySet[LinkRequest]":
    """Return one row for each of somebody's linked accounts, and for each live request."""
    # The ids first: PostgreSQL finds an account by its index, but not through a join and an OR.
    mine = IdentityLink.objects.filter(user_id=user_id).order_by("pk")
    linked = list(mine.values_list("pk", flat=True)[:MOST_SHOWN])
    live = Q(user_id=user_id, state__in=LIVE, expires_at__gt=now)
    rows = LinkRequest.objects.filter(live | Q(state=State.VERIFIED, link_id__in=linked))
    return rows.select_related("link")


def request_of(user_id: int, link_id: UUID) -> LinkRequest | None:
    """Return a request of somebody's, whatever became of it, or what an account is known by."""
    row = LinkRequest.objects.select_related("link").filter(pk=link_id).first()
    if row is None:
        return None
    owner_id = row.link.user_id if row.link is not None else row.user_id
    return row if owner_id == user_id else None


def linked_accounts(user_id: int) -> tuple[LinkedAccount, ...]:
    return tuple(
        LinkedAccount(
            id=link.pk,
            platform=link.platform,
            user_name=link.platform_username,
            name=_sayable(link.display_name or link.platform_username),
        )
        for link in links_of(user_id)
    )


def account_name(user_id: int) -> str:
    """Return a name that says which WaddleBot account it is: others may be shown alike.

    It is said in chat, so it pings nobody, and an e-mail address is no part of it.
    """
    user = User.objects.get(pk=user_id)
    shown = _sayable(str(user))
    if user.username in {shown, user.public_id} or "@" in user.username:
        return shown
    return f"{shown} ({user.username})"


def _sayable(name: str) -> str:
    return "".join(each for each in name if each.isprintable() and each not in "@<>")


def has_other_way_in(user: User, *, than: IdentityLink) -> bool:
    others = IdentityLink.objects.filter(user_id=user.pk, verified_at__isnull=False)
    return (
        user.has_usable_password()
        or others.exclude(pk=than.pk).exists()
        or _has_google(user)
        or _has_email(user)
        or _has_passkey(user)
    )


def _has_google(user: User) -> bool:
    """Tell whether somebody signs in with Google, which links no account to chat with."""
    return bool(SocialAccount.objects.filter(user_id=user.pk, provider="google").exists())


def _has_email(user: User) -> bool:
    return bool(EmailAddress.objects.filter(user_id=user.pk, verified=True).exists())


def _has_passkey(user: User) -> bool:
    passkeys = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN)
    return bool(passkeys.exists())
