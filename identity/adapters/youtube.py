"""Which YouTube channel a Google account has."""

from typing import Final

import requests
from allauth.socialaccount.models import SocialLogin

from identity.adapters import outgoing
from identity.operations.provider_accounts import CHANNEL

CHANNELS_URL: Final = "https://www.googleapis.com/youtube/v3/channels"


def note_channel(sociallogin: SocialLogin) -> None:
    """Note the channel with the account, when its owner lets us see it."""
    if sociallogin.account.provider != "google" or sociallogin.token is None:
        return
    headers = {"Authorization": f"Bearer {sociallogin.token.token}"}
    asked = {"part": "snippet", "mine": "true"}
    try:
        with outgoing.session() as session:
            answer = session.get(CHANNELS_URL, params=asked, headers=headers).json()
        found = answer["items"][0]
        channel = {"id": str(found["id"]), "title": str(found["snippet"]["title"])}
    except (requests.RequestException, LookupError, TypeError):
        return  # No channel, or no consent to see it: Google alone is connected.
    sociallogin.account.extra_data[CHANNEL] = channel
