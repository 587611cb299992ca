"""The rookery's channel on a Twitch of this machine, where the bot is set up."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from core_router.models import Entity
from core_router.operations.outgoing_lanes import find_lanes
from core_router.pipeline.senders import send
from tests.platforms.conftest import discord, slack, twitch
from tests.platforms.servers import TwitchServer
from waddlebot.platforms.twitch_chat import _number_of

__all__ = ["discord", "slack", "twitch"]


@pytest.fixture
def rooked(twitch: TwitchServer, settings: Settings, channel: Entity) -> TwitchServer:
    """The channel `rookery` is account 77, and the bot may write there as often as it likes."""
    _number_of.cache_clear()
    twitch.users["77"] = "rookery"
    settings.TWITCH_CHAT_RATE = 7500
    twitch.chats.everybody.count = 7500
    return twitch


def send_all(ahead: timedelta = timedelta()) -> int:
    """Do all that is due, as the worker does; lanes nobody has said to be there are found."""

    def clock() -> datetime:
        return timezone.now() + ahead

    find_lanes(now=clock())
    return send(clock=clock)
