import pytest

from identity.models import Community
from identity.operations import audit
from tests.client import Api
from tests.labels.roles import Stage, stage_of
from tests.platforms.conftest import discord, redis_is_down, slack, twitch
from tests.platforms.servers import DiscordServer

__all__ = ["discord", "redis_is_down", "slack", "twitch"]


@pytest.fixture(autouse=True)
def _refusals_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process records a hundred a minute: none of them is another test's."""
    audit.gate.reset()
    monkeypatch.setattr(audit, "current_minute", lambda: 0)


@pytest.fixture
def stage(rookery: Community, api: Api, discord: DiscordServer) -> Stage:
    return stage_of(rookery, api, discord)
