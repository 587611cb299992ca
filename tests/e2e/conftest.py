"""A real browser in front of a real overlay server."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from browser_sources import api as overlays
from identity.models import Community
from tests.browser_sources.server import OverlayServer

CHROMIUM = Path(os.environ.get("WADDLEBOT_CHROMIUM", "/usr/bin/chromium"))
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are skipped, with one line; in CI they fail instead."""
    if CHROMIUM.exists() or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason=f"no browser: {CHROMIUM} is missing (apt install chromium)")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(skip)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(
    chromium: Browser, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    # Playwright keeps an event loop in this thread, where Django then refuses the ORM.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    yield page
    page.close()


@pytest.fixture(scope="module")
def running(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OverlayServer]:
    server = OverlayServer(tmp_path_factory.mktemp("server") / "overlay.log")
    yield server
    server.kill()


@pytest.fixture
def server(running: OverlayServer) -> OverlayServer:
    running.start()
    return running


@pytest.fixture
def urls(
    transactional_db: None, rookery: Community, server: OverlayServer, settings: Any
) -> dict[str, str]:
    """Return the rookery's overlay URLs on that server."""
    settings.OVERLAY_URL = server.url
    return overlays.ensure_sources(community_id=rookery.pk, now=timezone.now())
