import pytest

from identity.models import Community
from tests.client import Api
from tests.labels.roles import Stage, stage_of
from tests.platforms.conftest import discord, redis_is_down, slack, twitch
from tests.platforms.servers import DiscordServer

__all__ = ["discord", "redis_is_down", "slack", "twitch"]


@pytest.fixture
def stage(rookery: Community, api: Api, discord: DiscordServer) -> Stage:
    return stage_of(rookery, api, discord)
