"""EventSub over webhooks: https://dev.twitch.tv/docs/eventsub/handling-webhook-events/."""

from functools import lru_cache

from django.conf import settings
from django.utils.crypto import salted_hmac


def eventsub_secrets() -> tuple[str, ...]:
    """Return what EventSub signs with, the newest first: new subscriptions are made with that.

    They are made of `SECRET_KEY` and its fallbacks.
    """
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _derived(secrets: tuple[str, ...]) -> tuple[str, ...]:
    # Twitch takes 10 to 100 characters.
    made = (
        salted_hmac("waddlebot.eventsub", "", secret=each, algorithm="sha256") for each in secrets
    )
    return tuple(each.hexdigest() for each in made)
