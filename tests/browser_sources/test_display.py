from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from browser_sources import api as overlays
from browser_sources.models import BrowserSource, OverlayItem
from identity.models import Community
from tests import make
from tests.client import Api

DISPLAY = "/browser/v1/communities/rookery/display"
HELLO = {"type": "ticker", "text": "hello"}
TRACK = {"type": "media", "media_type": "track", "title": "Waddle"}
NEWS = {"type": "general", "content_type": "text", "content": "News"}


@pytest.mark.parametrize("action", [HELLO, TRACK, NEWS], ids=lambda action: action["type"])
def test_an_action_waits_for_each_source_of_its_type(
    api: Api, urls: dict[str, str], action: dict[str, Any]
) -> None:
    answer = api.post(DISPLAY, action)

    item = OverlayItem.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"id": str(item.id), "ids": [str(item.id)], "sources": 1}
    assert (item.kind, item.state) == (action["type"], "waiting")


def test_what_is_left_out_has_the_contracts_value(api: Api, urls: dict[str, str]) -> None:
    api.post(DISPLAY, HELLO)

    assert OverlayItem.objects.get().content == {
        "text": "hello",
        "duration_s": 10,
        "priority": 5,
        "style": "default",
    }


def test_a_test_is_marked(api: Api, urls: dict[str, str]) -> None:
    api.post(DISPLAY, HELLO | {"test": True})

    assert OverlayItem.objects.get().is_test


def test_a_community_without_a_source_shows_it_nowhere(api: Api) -> None:
    assert api.post(DISPLAY, HELLO).json() == {"id": None, "ids": [], "sources": 0}


@pytest.mark.parametrize(
    ("action", "pointer"),
    [
        ({}, "#"),
        ([HELLO], "#"),
        ("hello", "#"),
        (HELLO | {"type": "chat"}, "#/type"),
        (HELLO | {"type": None}, "#/type"),
        ({"type": "ticker"}, "#"),
        (HELLO | {"text": ""}, "#/text"),
        (HELLO | {"text": " \n"}, "#/text"),
        (HELLO | {"text": 5}, "#/text"),
        (HELLO | {"text": "x" * 501}, "#/text"),
        (HELLO | {"priority": 0}, "#/priority"),
        (HELLO | {"priority": 11}, "#/priority"),
        (HELLO | {"priority": True}, "#/priority"),
        (HELLO | {"duration_s": 0}, "#/duration_s"),
        (HELLO | {"duration_s": "10"}, "#/duration_s"),
        (HELLO | {"duration_s": 1e9}, "#/duration_s"),
        (HELLO | {"style": "rainbow"}, "#/style"),
        (HELLO | {"test": "yes"}, "#/test"),
        (TRACK | {"media_type": "film"}, "#/media_type"),
        (TRACK | {"art_url": "javascript:alert(1)"}, "#/art_url"),
        (TRACK | {"url": "http://127.0.0.1/"}, "#/url"),
        (TRACK | {"position_ms": -1}, "#/position_ms"),
        (NEWS | {"content_type": "script"}, "#/content_type"),
        (NEWS | {"content": None}, "#/content"),
        (NEWS | {"duration_s": -1}, "#/duration_s"),
    ],
)
def test_a_bad_action_is_refused_and_changes_nothing(
    api: Api, urls: dict[str, str], action: Any, pointer: str
) -> None:
    answer = api.post(DISPLAY, action)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not OverlayItem.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b'{"type": "ticker", "text": "\\u0000"}', b"\xff"])
def test_a_body_that_is_no_json_is_refused(api: Api, body: bytes) -> None:
    assert api.post(DISPLAY, body).status_code == 400


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_a_module_cannot_show_what_the_database_cannot_hold(rookery: Community, text: str) -> None:
    with pytest.raises(overlays.InvalidActionError):
        overlays.show(
            community_id=rookery.pk, action={"type": "ticker", "text": text}, now=timezone.now()
        )


def test_a_hundred_wait_and_the_next_is_refused(api: Api, urls: dict[str, str]) -> None:
    for _ in range(100):
        assert api.post(DISPLAY, HELLO).status_code == 201

    answer = api.post(DISPLAY, HELLO)

    assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")
    assert answer["Retry-After"] == "10"
    assert OverlayItem.objects.count() == 100


def test_a_source_that_nobody_opens_does_not_hold_up_the_others(
    api: Api, urls: dict[str, str], rookery: Community
) -> None:
    for _ in range(100):
        api.post(DISPLAY, HELLO)
    api.post("/browser/v1/communities/rookery/sources", {"type": "ticker"})

    answer = api.post(DISPLAY, HELLO)

    newest = BrowserSource.objects.filter(type="ticker").order_by("-id")[0]
    assert answer.json()["sources"] == 1
    assert OverlayItem.objects.order_by("-id")[0].source_id == newest.pk


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_exceed_a_hundred(rookery: Community, urls: dict[str, str]) -> None:
    def show(number: int) -> bool:
        try:
            overlays.show(community_id=rookery.pk, action=HELLO, now=timezone.now())
        except overlays.QueueFullError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as threads:
        shown = list(threads.map(show, range(120)))

    assert shown.count(True) == OverlayItem.objects.count() == 100


def test_only_a_key_with_the_scope_may_show(rookery: Community, urls: dict[str, str]) -> None:
    owner = make.user("bob")
    make.community(owner=owner, slug="elsewhere")

    assert Api(None).post(DISPLAY, HELLO).status_code == 401
    assert Api(make.key(owner)).post(DISPLAY, HELLO).status_code == 404
    assert not OverlayItem.objects.exists()


def test_the_same_idempotency_key_shows_it_once(api: Api, urls: dict[str, str]) -> None:
    once = {"Idempotency-Key": "show-1"}

    first = api.post(DISPLAY, HELLO, headers=once)
    second = api.post(DISPLAY, HELLO, headers=once)

    assert first.json() == second.json()
    assert OverlayItem.objects.count() == 1
