from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.lib.conftest import redis_is_down
from tests.platforms.servers import DiscordServer, SlackServer, TwitchServer

__all__ = ["redis_is_down"]


@pytest.fixture
def twitch(settings: Settings) -> Iterator[TwitchServer]:
    with TwitchServer() as server:
        server.configure(settings)
        yield server


@pytest.fixture
def discord(settings: Settings) -> Iterator[DiscordServer]:
    with DiscordServer() as server:
        server.configure(settings)
        yield server


@pytest.fixture
def slack(settings: Settings) -> Iterator[SlackServer]:
    with SlackServer() as server:
        server.configure(settings)
        yield server
