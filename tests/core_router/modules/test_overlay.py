"""`!ticker`, `!alert`, `!announce`: from chat onto the stream."""

from typing import Any

import pytest
from django.utils import timezone

from browser_sources.models import OverlayItem
from browser_sources.operations.sources import ensure_sources
from identity.models import Community
from tests.core_router.conftest import Door, channel, collector, door, line

__all__ = ["channel", "collector", "door"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _overlays(rookery: Community) -> None:
    ensure_sources(community_id=rookery.pk, now=timezone.now())


def typed(door: Door, text: str, query: str = "") -> Any:
    event = line(text, user_roles=["moderator"])
    return door.post("/router/v1/events" + query, event).json()


def test_a_ticker_typed_in_chat_waits_for_its_turn_on_the_overlay(door: Door) -> None:
    answer = typed(door, '!ticker  "Doors" open at nine ')

    _, shown = answer["actions"]
    assert (shown["type"], shown["text"]) == ("ticker", '"Doors" open at nine')
    assert shown["handled"]
    assert OverlayItem.objects.get().kind == "ticker"


@pytest.mark.parametrize(("word", "kind"), [("alert", "alert"), ("announce", "announcement")])
def test_the_general_source_shows_it_under_the_name_of_who_typed_it(
    door: Door, word: str, kind: str
) -> None:
    _, shown = typed(door, f"!{word} hype")["actions"]

    assert (shown["content_type"], shown["content"]) == (kind, "hype")
    assert (shown["title"], shown["handled"]) == ("bob", True)


def test_viewers_show_nothing(door: Door) -> None:
    assert door.say("!ticker me")["outcome"] == "denied"

    assert not OverlayItem.objects.exists()


def test_a_dry_run_shows_nothing(door: Door) -> None:
    answer = typed(door, "!ticker hello", query="?dry_run=true")

    assert answer["outcome"] == "executed"
    assert not OverlayItem.objects.exists()


def test_what_is_too_long_for_it_is_refused(door: Door) -> None:
    answer = typed(door, "!ticker " + "x" * 501)

    assert "500 characters" in answer["actions"][0]["text"]
    assert not OverlayItem.objects.exists()
