"""One person across platforms, in a real browser and over the router's API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core_router.operations.modules import give_modules
from identity import api as identity
from identity.models import Community, User
from tests import make
from tests.browser_sources.server import PortalServer
from tests.client import Api

TYPED: dict[str, Any] = {
    "platform": "discord",
    "server_id": "rookery",
    "user_id": "77",
    "user_name": "bob",
    "message_type": "chatMessage",
}


@pytest.fixture
def discord(alice: User, rookery: Community) -> Api:
    """Return a collector for a chat in which bob can type."""
    give_modules(community_id=rookery.pk, now=timezone.now())
    make.entity(rookery, platform="discord")
    return Api(make.key(alice, scopes=["events:write", "identity:verify"], place=rookery))


@pytest.fixture
def portal(django_db_setup: None, tmp_path: Path) -> Iterator[str]:
    server = PortalServer(tmp_path / "portal.log")
    server.start()
    yield f"{server.url}/portal"
    server.stop()


def say(discord: Api, text: str) -> str:
    answer = discord.post("/router/v1/events", TYPED | {"message_content": text}).json()
    return " ".join(action["text"] for action in answer["actions"])


def test_an_account_is_linked_by_a_code_typed_there(
    page: Page, portal: str, discord: Api, alice: User
) -> None:
    token = identity.login_link(user_id=alice.pk, now=timezone.now())
    page.goto(f"{portal}/sign-in/{token}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Your account").first.click()
    page.get_by_role("link", name="Platform accounts").click()
    page.get_by_label("Platform").select_option("discord")
    page.get_by_role("button", name="Ask for a code").click()
    code = page.get_by_role("status").inner_text()

    assert "Alice (alice)" in say(discord, f"!verify {code}")
    page.get_by_role("link", name="I have typed it").click()
    expect(page.get_by_role("status")).to_contain_text("!confirm")
    say(discord, "!confirm")
    page.get_by_role("link", name="Look again").click()

    expect(page.get_by_role("status")).to_have_text("Linked.")
    page.get_by_role("link", name="To your platform accounts").click()
    expect(page.get_by_label("Linked accounts")).to_contain_text("bob")
    assert "bob on discord" in say(discord, "!whoami")
