import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from browser_sources import api as overlays
from identity.models import Community
from tests.browser_sources.server import OverlayServer

Show = Callable[..., None]

# Each tells on the page's title when it runs.
PAYLOADS = [
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "<svg/onload=document.title='pwned'>",
    "</style><script>document.title='pwned'</script>",
    "{{constructor.constructor('document.title=`pwned`')()}}",
    "javascript:document.title='pwned'",
    "\u202e<b onmouseover=document.title='pwned'>x</b>",
    "&lt;script&gt;document.title='pwned'&lt;/script&gt;",
]


@pytest.fixture
def show(rookery: Community) -> Show:
    def show(text: str, **rest: Any) -> None:
        action = {"type": "ticker", "text": text, "duration_s": 60, **rest}
        overlays.show(community_id=rookery.pk, action=action, now=timezone.now())

    return show


def open_ticker(page: Page, url: str) -> None:
    """Open the page and wait until its socket has been told how things stand."""
    with page.expect_websocket() as opened:
        page.goto(url)
    opened.value.wait_for_event("framereceived")


def first_copy(page: Page) -> Any:
    return page.locator(".copy").first


def test_a_message_is_there_within_a_second(page: Page, urls: dict[str, str], show: Show) -> None:
    open_ticker(page, urls["ticker"])

    show("Hello, rookery!", style="success")

    expect(first_copy(page)).to_have_text("Hello, rookery!", timeout=1000)
    expect(page.locator(".card")).to_have_class(re.compile("success"))


def test_after_a_kill_and_a_restart_it_is_there_again_and_once(
    page: Page, urls: dict[str, str], show: Show, server: OverlayServer
) -> None:
    page.add_init_script(COUNT_CARDS)
    open_ticker(page, urls["ticker"])
    show("I survive")
    expect(first_copy(page)).to_have_text("I survive")

    server.kill()
    with page.expect_websocket(timeout=15_000):
        server.start()
    show("And I come next", priority=1)

    expect(first_copy(page)).to_have_text("I survive")
    assert page.evaluate("drawn") == 1


def test_a_page_opened_in_the_middle_sees_it_where_it_is(
    page: Page, urls: dict[str, str], show: Show
) -> None:
    open_ticker(page, urls["ticker"])
    show("Half way")
    expect(first_copy(page)).to_be_visible()
    page.wait_for_timeout(1500)

    open_ticker(page, urls["ticker"])
    expect(first_copy(page)).to_have_text("Half way")

    clock = page.evaluate("document.querySelector('.track').getAnimations()[0].currentTime")
    assert clock > 1500


def test_a_message_leaves_and_the_next_one_comes(
    page: Page, urls: dict[str, str], show: Show
) -> None:
    open_ticker(page, urls["ticker"])
    show("first", duration_s=1)
    show("second", duration_s=1)

    expect(first_copy(page)).to_have_text("first")
    expect(page.locator(".copy", has_text="second").first).to_be_visible(timeout=3000)
    expect(page.locator(".card")).to_have_count(0, timeout=3000)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_write_stays_text(
    page: Page, urls: dict[str, str], show: Show, payload: str
) -> None:
    open_ticker(page, urls["ticker"])

    show(payload)

    expect(first_copy(page)).to_have_text(payload)
    assert page.title() == "WaddleBot ticker"
    assert page.locator(".copy *").count() == 0


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (2560, 1440), (800, 600)])
def test_it_fits_every_canvas_without_scrollbars(
    page: Page, urls: dict[str, str], show: Show, size: tuple[int, int]
) -> None:
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    open_ticker(page, urls["ticker"])

    show("w" * 500)
    expect(first_copy(page)).to_be_visible()
    page.wait_for_timeout(500)

    bar = page.locator(".card").bounding_box()
    assert bar is not None
    assert bar["x"] >= 0
    assert bar["x"] + bar["width"] <= width
    assert height * 0.8 < bar["y"] + bar["height"] <= height
    assert page.evaluate(SCROLLABLE) == [width, height]


def test_who_wants_no_motion_reads_all_of_it_at_rest(
    page: Page, urls: dict[str, str], show: Show
) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_ticker(page, urls["ticker"])

    show("All of this is read at rest. " * 15)

    expect(page.locator(".copy")).to_have_count(1)
    assert page.evaluate("document.querySelector('.track').getAnimations().length") == 0


def test_the_background_is_transparent(page: Page, urls: dict[str, str]) -> None:
    open_ticker(page, urls["ticker"])

    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert colour == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("media", {"media_type": "track", "title": PAYLOADS[1], "duration_s": 60}),
        ("general", {"content_type": "html", "content": PAYLOADS[1], "duration_s": 60}),
    ],
)
def test_the_other_types_show_text_too(
    page: Page, urls: dict[str, str], rookery: Community, kind: str, action: dict[str, Any]
) -> None:
    open_ticker(page, urls[kind])

    overlays.show(community_id=rookery.pk, action={"type": kind, **action}, now=timezone.now())

    expect(page.get_by_text(PAYLOADS[1])).to_be_visible()
    assert page.title() == f"WaddleBot {kind}"


SCROLLABLE = "[document.scrollingElement.scrollWidth, document.scrollingElement.scrollHeight]"

COUNT_CARDS = """
window.drawn = 0;
new MutationObserver((changes) => {
  for (const change of changes)
    for (const node of change.addedNodes)
      if (node.classList && node.classList.contains("card")) window.drawn += 1;
}).observe(document, { childList: true, subtree: true });
"""
