from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from browser_sources import api as overlays
from browser_sources.models import BrowserSource, OverlayItem
from browser_sources.operations import Turn, advance, delete_source
from identity.models import Community

pytestmark = pytest.mark.usefixtures("urls")

NOW = timezone.now()


def show(rookery: Community, text: str, **rest: Any) -> None:
    action = {"type": "ticker", "text": text, **rest}
    overlays.show(community_id=rookery.pk, action=action, now=NOW)


def announce(rookery: Community, content: str, **rest: Any) -> None:
    action = {"type": "general", "content_type": "text", "content": content, **rest}
    overlays.show(community_id=rookery.pk, action=action, now=NOW)


def move(seconds: float = 0, kind: str = "ticker") -> Turn:
    source = BrowserSource.objects.get(type=kind)
    return advance(source_ids=[source.pk], now=NOW + timedelta(seconds=seconds))


def showing() -> list[str]:
    items = OverlayItem.objects.filter(state="showing")
    return [item.content.get("text") or item.content["content"] for item in items]


def test_the_most_urgent_goes_first_then_the_oldest(rookery: Community) -> None:
    for text, priority in [("a", 5), ("b", 5), ("urgent", 1), ("late", 10)]:
        show(rookery, text, priority=priority, duration_s=10)

    seen = []
    for step in range(4):
        move(step * 10)
        seen += showing()

    assert seen == ["urgent", "a", "b", "late"]


def test_each_is_shown_for_its_own_time(rookery: Community) -> None:
    show(rookery, "short", duration_s=3)
    show(rookery, "next", duration_s=10)
    move()

    move(2.9)
    assert showing() == ["short"]
    move(3)
    assert showing() == ["next"]


def test_it_says_when_to_look_again(rookery: Community) -> None:
    source = BrowserSource.objects.get(type="ticker")
    show(rookery, "short", duration_s=3)

    assert move().wake_at == {source.pk: NOW + timedelta(seconds=3)}
    assert move(3).wake_at == {source.pk: None}


def test_what_is_shown_until_replaced_ends_with_the_next(rookery: Community) -> None:
    announce(rookery, "sticky", duration_s=0)
    move(0, "general")
    move(5000, "general")
    assert showing() == ["sticky"]

    announce(rookery, "next")
    move(5001, "general")
    assert showing() == ["next"]


def test_a_track_is_shown_until_it_is_over(rookery: Community) -> None:
    track = {"type": "media", "media_type": "track", "duration_ms": 90_000, "position_ms": 30_000}
    overlays.show(community_id=rookery.pk, action=track, now=NOW)
    move(0, "media")

    item = OverlayItem.objects.get()
    assert item.ends_at == NOW + timedelta(seconds=60)


def test_each_change_has_its_number(rookery: Community) -> None:
    show(rookery, "a", duration_s=1)
    move()
    move(0.5)
    move(1)

    assert BrowserSource.objects.get(type="ticker").seq == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_moves_the_queue(rookery: Community) -> None:
    for number in range(5):
        show(rookery, str(number), duration_s=3600)
    source = BrowserSource.objects.get(type="ticker")

    def try_it(_: int) -> Turn:
        try:
            return advance(source_ids=[source.pk], now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(try_it, range(40)))

    source.refresh_from_db()
    assert showing() == ["0"]
    assert source.seq == 1


def test_a_revoked_sources_items_are_done(rookery: Community) -> None:
    show(rookery, "a")
    source = BrowserSource.objects.get(type="ticker")

    delete_source(community_id=rookery.pk, source_id=source.pk, actor="user:1", now=NOW)

    assert OverlayItem.objects.get().state == "done"
