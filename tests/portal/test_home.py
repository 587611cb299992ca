import re

import pytest
from django.test import Client
from django.utils import timezone

from browser_sources.api import ensure_sources
from core_router.api import CommandWish, add_command
from core_router.data import EngineType, EngineWish
from identity.data import Role
from identity.models import Community, User
from tests import make

SECRET = "whsec_" + "canary00" * 4
OUTSIDE = re.compile(r"(?:src|href|action)=\"(?!/|#)", re.IGNORECASE)


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_home_asks_who_somebody_is() -> None:
    response = Client().get("/portal/")

    assert (response.status_code, response["Location"]) == (
        302,
        "/identity/account/login/?next=/portal/",
    )


def test_home_shows_what_stands_in_a_community(browser: Client, rookery: Community) -> None:
    make.entity(rookery)
    make.command(rookery, "hello")
    urls = ensure_sources(community_id=rookery.pk, now=timezone.now())

    page = browser.get("/portal/").content.decode()

    assert "The Rookery" in page
    assert "you are owner" in page
    assert "twitch+rookery" in page
    assert "(ticker)" in page
    tokens = [url.split("/")[-2] for url in urls.values()]
    assert not any(token in page for token in tokens)


def test_home_lists_the_commands_and_who_answers_them(browser: Client, rookery: Community) -> None:
    wish = EngineWish(EngineType.WEBHOOK, "https://modules.example/canary", secret=SECRET)
    add_command(
        community_id=rookery.pk,
        wish=CommandWish(name="song", prefix="#", description="Plays it.", engine=wish),
        actor="test",
        now=timezone.now(),
    )
    make.command(rookery, "hidden", enabled=False)

    words = " ".join(browser.get("/portal/").content.decode().split())

    assert "<code>#song</code> Plays it." in words
    assert "(answered by a module outside: webhook)" in words
    assert "<code>!hidden</code>" in words
    assert "(off)" in words
    assert "canary" not in words


def test_home_shows_nothing_of_others(browser: Client, rookery: Community) -> None:
    stranger = make.user("stranger")
    place = make.community(owner=stranger, name="Elsewhere")
    make.member(place, make.user("friend"), Role.MEMBER)

    assert "Elsewhere" not in browser.get("/portal/").content.decode()


def test_a_name_is_text_not_markup(browser: Client, alice: User) -> None:
    make.community(owner=alice, name="<script>alert(1)</script>")

    page = browser.get("/portal/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_somebody_without_a_community_is_told_so(browser: Client) -> None:
    assert "belong to no community" in browser.get("/portal/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/portal/sign-in/x", "/portal/nowhere", "/docs"])
def test_a_page_needs_no_other_host_and_no_inline_code(path: str) -> None:
    response = Client(raise_request_exception=False).get(path)
    page = response.content.decode()

    assert not OUTSIDE.search(page)
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", page)
    assert "script-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_front_door_leads_to_the_portal() -> None:
    assert Client().get("/")["Location"] == "/portal/"
