"""Which platform account a sign-in with a provider proves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from allauth.socialaccount.models import SocialLogin

from identity.adapters import outgoing

CHANNELS_URL: Final = "https://www.googleapis.com/youtube/v3/channels?part=snippet&mine=true"
CHANNEL: Final = "youtube_channel"


@dataclass(frozen=True, slots=True)
class PlatformAccount:
    """An account as chat knows it."""

    platform: str
    id: str
    user_name: str
    display_name: str = ""


def platform_account(sociallogin: SocialLogin) -> PlatformAccount | None:
    """Return the account that was proven; None when the provider is not a place to chat."""
    account = sociallogin.account
    data: Mapping[str, Any] = account.extra_data
    match account.provider:
        case "twitch":
            return _named("twitch", account.uid, data.get("login"), data.get("display_name"))
        case "discord":
            return _named("discord", account.uid, data.get("username"), data.get("global_name"))
        case "kick":
            return _named("kick", account.uid, data.get("name"), "")
        case "slack":
            # allauth's id is TEAM_USER; in Slack's events the person is USER.
            return _named("slack", account.uid.rpartition("_")[2], data.get("name"), "")
        case "google":
            channel = sociallogin.state.get(CHANNEL)
            return PlatformAccount(**channel) if channel else None
    return None


def ask_youtube(sociallogin: SocialLogin) -> None:
    """Note which YouTube channel a Google account has, when its owner lets us see that."""
    if sociallogin.account.provider != "google" or sociallogin.token is None:
        return
    headers = {"Authorization": f"Bearer {sociallogin.token.token}"}
    try:
        with outgoing.session() as session:
            found = session.get(CHANNELS_URL, headers=headers).json().get("items")
        channel, title = found[0]["id"], found[0]["snippet"]["title"]
    except (requests.RequestException, LookupError, TypeError):
        return  # No channel, or no consent to see it: Google alone is connected.
    account = _named("youtube", str(channel), title, title)
    sociallogin.state[CHANNEL] = {
        "platform": account.platform,
        "id": account.id,
        "user_name": account.user_name,
        "display_name": account.display_name,
    }


def _named(platform: str, uid: str, user_name: object, display_name: object) -> PlatformAccount:
    return PlatformAccount(platform, uid, str(user_name or uid), str(display_name or ""))
