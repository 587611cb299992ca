"""Alice's browser, and the platforms on this machine."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from identity.models import User
from tests.platforms.conftest import discord, slack, twitch

__all__ = ["discord", "slack", "twitch"]

PAGE = "/portal/communities/rookery/connections"
Begin = Callable[[str], str]


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def public(settings: Settings) -> Settings:
    """As the outside sees it: Twitch calls https alone."""
    settings.PUBLIC_URL = "https://bot.example.org"
    return settings


def begin(browser: Client, platform: str) -> dict[str, str]:
    """Press the button; return what the platform is asked."""
    sent = browser.post(PAGE, {"platform": platform})
    assert sent.status_code == 302, sent.content
    return {name: values[0] for name, values in parse_qs(urlsplit(sent["Location"]).query).items()}


def come_back(browser: Client, platform: str, **told: str) -> int:
    return int(browser.get(f"/portal/connections/{platform}/callback", told).status_code)
