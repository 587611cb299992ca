"""What a sign-in with a provider proves: whose an account on a platform is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.socialaccount.models import SocialAccount

from identity.models import IdentityLink, LinkRequest, User
from identity.operations.linking import LastLoginMethodError, link_account, unlink_account
from identity.queries.links import has_other_way_in

CHANNEL: Final = "youtube_channel"


@dataclass(frozen=True, slots=True)
class PlatformAccount:
    """An account as chat knows it."""

    platform: str
    id: str
    user_name: str
    display_name: str = ""


def platform_account(account: SocialAccount) -> PlatformAccount | None:
    """Return the account that was proven; None when the provider is not a place to chat."""
    data: Mapping[str, Any] = account.extra_data
    match account.provider:
        case "twitch":
            return _named("twitch", account.uid, data.get("login"), data.get("display_name"))
        case "discord":
            return _named("discord", account.uid, data.get("username"), data.get("global_name"))
        case "kick":
            return _named("kick", account.uid, data.get("name"))
        case "slack":
            # allauth's id is TEAM_USER; in Slack's events the person is USER.
            return _named("slack", account.uid.rpartition("_")[2], data.get("name"))
        case "google":
            channel = data.get(CHANNEL)
            return _named("youtube", channel["id"], channel["title"]) if channel else None
    return None


def owner_of(account: SocialAccount) -> User | None:
    """Return the real person who has proven before that this platform account is theirs."""
    found = platform_account(account)
    if found is None:
        return None
    links = IdentityLink.objects.filter(
        platform=found.platform,
        platform_user_id=found.id,
        verified_at__isnull=False,
        user__is_staged=False,
        user__is_active=True,
    )
    link = links.select_related("user").first()
    return link.user if link else None


def prove(account: SocialAccount, *, user_id: int, now: datetime) -> None:
    """Link what was proven; whoever was only seen with it in chat becomes part of the person."""
    found = platform_account(account)
    if found is not None:
        link_account(
            user_id=user_id,
            platform=found.platform,
            platform_user_id=found.id,
            user_name=found.user_name,
            display_name=found.display_name,
            method=LinkRequest.Method.OAUTH,
            actor=f"user:{user_id}",
            now=now,
        )


def give_up(account: SocialAccount, *, user_id: int, now: datetime) -> None:
    """Unlink what a provider proved, or raise LastLoginMethodError.

    A YouTube channel stays: it was proven, and Google was only the way to do so.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    found = None if account.provider == "google" else platform_account(account)
    link = (
        found
        and IdentityLink.objects.filter(
            platform=found.platform, platform_user_id=found.id, user_id=user_id
        ).first()
    )
    if link:
        unlink_account(user_id=user_id, link_id=link.pk, actor=f"user:{user_id}", now=now)
    elif not has_other_way_in(user, than=IdentityLink()):
        raise LastLoginMethodError


def _named(
    platform: str, uid: str, user_name: object, display_name: object = ""
) -> PlatformAccount:
    return PlatformAccount(platform, uid, str(user_name or uid), str(display_name or ""))
