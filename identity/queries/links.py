"""Whose accounts are linked, and what was asked for and not done yet."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from identity.data import LinkedAccount, SentCode
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


def code_on_its_way(user_id: int, *, now: datetime) -> SentCode | None:
    """Return what became of the last code that was sent for somebody and is still good."""
    sent = live_requests(now=now).filter(user_id=user_id, method=LinkRequest.Method.DM)
    row = sent.order_by("-pk").first()
    if row is None:
        return None
    name = _sayable(row.platform_username)
    return SentCode(row.platform, name, row.delivery, row.delivery_detail)


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


def accounts_on(platform: str, user_ids: Iterable[int]) -> dict[int, str]:
    """Return one account of each of these on a platform: the first they have proven.

    Whoever was only seen in chat has the account they were seen with; the platform said so.
    """
    links = IdentityLink.objects.filter(platform=platform, user_id__in=list(user_ids))
    theirs = links.filter(Q(verified_at__isnull=False) | Q(user__is_staged=True))
    # The first comes last, and stays.
    return dict(theirs.order_by("-pk").values_list("user_id", "platform_user_id"))


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


def sign_ins_of(link: IdentityLink) -> "QuerySet[SocialAccount]":
    """Return what signs its owner in by this very account."""
    # Slack's are called TEAM_USER there; in chat the person is USER.
    same = Q(uid=link.platform_user_id) | Q(uid__endswith=f"_{link.platform_user_id}")
    mine: QuerySet[SocialAccount] = SocialAccount.objects.filter(user_id=link.user_id)
    return mine.filter(same, provider=link.platform)


def has_other_way_in(user: User, *, than: IdentityLink) -> bool:
    sign_ins = _sign_ins(user).exclude(pk__in=sign_ins_of(than).values("pk"))
    return _is_let_in(user, _verified_links(user).exclude(pk=than.pk), sign_ins)


def has_way_in(user: User) -> bool:
    return _is_let_in(user, _verified_links(user), _sign_ins(user))


def _verified_links(user: User) -> "QuerySet[IdentityLink]":
    return IdentityLink.objects.filter(user_id=user.pk, verified_at__isnull=False)


def _sign_ins(user: User) -> "QuerySet[SocialAccount]":
    mine: QuerySet[SocialAccount] = SocialAccount.objects.filter(user_id=user.pk)
    return mine


def _is_let_in(
    user: User, links: "QuerySet[IdentityLink]", sign_ins: "QuerySet[SocialAccount]"
) -> bool:
    return (
        user.has_usable_password()
        or links.exists()
        or sign_ins.exists()
        or EmailAddress.objects.filter(user_id=user.pk, verified=True).exists()
        or Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).exists()
    )


def sign_in_url(platform: str) -> str | None:
    """Return where a platform account is connected by signing in there; None where it is not."""
    provider = "google" if platform == "youtube" else platform
    if not settings.SOCIALACCOUNT_PROVIDERS.get(provider, {}).get("APPS"):
        return None
    return f"{settings.PUBLIC_URL}{reverse('socialaccount_connections')}"
