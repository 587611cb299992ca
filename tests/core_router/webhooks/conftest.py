"""The doors that the platforms knock at, and what the rookery hears of it."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from core_router.models import EventDelivery, OutgoingAction
from tests.core_router.hooks.conftest import module, told
from tests.core_router.webhooks.signing import DISCORD_HEX, KICK_PEM, SLACK_SECRET, TWITCH_SECRET

__all__ = ["module", "told"]


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.TWITCH_EVENTSUB_SECRET = [TWITCH_SECRET]
    settings.TWITCH_BOT_USER_ID = "999"
    settings.KICK_PUBLIC_KEY = KICK_PEM
    settings.DISCORD_PUBLIC_KEY = DISCORD_HEX
    settings.SLACK_SIGNING_SECRET = [SLACK_SECRET]


@pytest.fixture
def heard(told: Callable[..., Any]) -> Callable[[], list[dict[str, Any]]]:
    """Return what a hook of the rookery is told, whatever happens."""
    told(
        "chatMessage", "follow", "subscription", "resub", "subgift", "cheer", "raid", "ban",
        "timeout", "stream_online", "stream_offline",
    )  # fmt: skip

    def events() -> list[dict[str, Any]]:
        rows = EventDelivery.objects.order_by("id")
        return [row.payload["envelope"]["event"] for row in rows]

    return events


def waiting() -> list[str]:
    """Return the texts that wait for whoever says them in chat."""
    return [row.action["text"] for row in OutgoingAction.objects.order_by("id")]
