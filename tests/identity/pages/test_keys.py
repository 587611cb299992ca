import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from identity.models import ApiKey, Community, User
from tests import make
from tests.client import Api
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser
from tests.identity.pages.reading import alert_of, text_of
from waddlebot.lib.cache import announce

KEYS = "/keys/"
NEW = "/keys/new/"
FULL = re.compile(r"wb_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}")
READ: dict[str, Any] = {"name": "reader", "scopes": ["identity:read"], "days": "30"}


def once(browser: Browser) -> str:
    found = re.search(r'name="once" value="([^"]+)"', open_form(browser))
    assert found is not None
    return found[1]


def open_form(browser: Browser) -> str:
    return str(browser.get(f"{ACCOUNT}{NEW}").content.decode())


def make_key(browser: Browser, **fields: Any) -> Any:
    return browser.send(NEW, **{"once": once(browser)} | READ | fields)


def key_of(response: Any) -> str:
    found = FULL.search(response.content.decode())
    assert found, text_of(response)
    return found[0]


def read(browser: Browser) -> str:
    return text_of(browser.get(f"{ACCOUNT}{KEYS}"))


def test_a_key_is_made_shown_once_and_works(browser: Browser, rookery: Community) -> None:
    shown = make_key(browser, community=str(rookery.pk))

    key = key_of(shown)
    assert shown["Cache-Control"] == "no-store"
    assert Api(key).get("/identity/v1/me").json()["credential"]["community_id"] == rookery.pk
    listed = read(browser)
    assert "reader active" in listed
    assert "in The Rookery only" in listed
    assert key.rpartition("_")[0] not in listed


def test_a_form_sent_twice_makes_one_key(browser: Browser) -> None:
    form = once(browser)

    first, second = (browser.send(NEW, once=form, **READ) for _ in range(2))

    assert key_of(first)
    assert (second.status_code, alert_of(second)[:28]) == (409, "This key was made already, a")
    assert ApiKey.objects.count() == 1


def test_it_lives_as_long_as_was_chosen(browser: Browser) -> None:
    make_key(browser, days="7")

    life = ApiKey.objects.get().expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < life <= timedelta(days=7)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "a\0b"},
        {"scopes": []},
        {"scopes": ["admin"]},
        {"scopes": ["fly"]},
        {"community": "999"},
        {"community": "x"},
        {"days": "9999"},
        {"once": ""},
        {"once": "1.aaaaaaaaaaaa.forged"},
    ],
    ids=str,
)
def test_what_cannot_be_is_said_at_its_field(browser: Browser, fields: dict[str, Any]) -> None:
    response = make_key(browser, **fields)

    assert response.status_code == 200
    assert not ApiKey.objects.exists()
    assert alert_of(response)


def test_somebody_elses_community_is_no_choice(browser: Browser) -> None:
    theirs = make.community(owner=make.user("bob"))

    make_key(browser, community=str(theirs.pk))

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("scope", ["admin", "identity:verify"])
def test_what_only_staff_give_out_is_no_choice(browser: Browser, scope: str) -> None:
    assert f'value="{scope}"' not in open_form(browser)

    response = make_key(browser, scopes=[scope])

    assert alert_of(response)
    assert not ApiKey.objects.exists()


def test_the_sixth_is_refused_and_says_why(browser: Browser) -> None:
    for _ in range(5):
        make_key(browser)

    response = make_key(browser)

    assert (response.status_code, ApiKey.objects.count()) == (409, 5)
    assert "There are 5 active keys. Revoke one first." in alert_of(response)


def test_a_rotated_key_has_a_successor_and_time_to_change(browser: Browser) -> None:
    old = key_of(make_key(browser))
    path = f"{KEYS}{ApiKey.objects.get().key_id}/rotate/"

    new = key_of(browser.fill(path, overlap_s="3600"))

    assert [Api(key).get("/identity/v1/me").status_code for key in (old, new)] == [200, 200]
    again = browser.send(path, overlap_s="0")
    assert (again.status_code, ApiKey.objects.count()) == (409, 2)


def test_an_owner_without_the_second_factor_asked_for_gets_no_key(
    browser: Browser, rookery: Community
) -> None:
    make_key(browser, community=str(rookery.pk))
    Community.objects.update(require_owner_mfa=True)
    announce("tenants")
    path = f"{KEYS}{ApiKey.objects.get().key_id}/rotate/"

    refused = [make_key(browser, community=str(rookery.pk)), browser.fill(path, overlap_s="0")]

    assert [response.status_code for response in refused] == [403, 403]
    assert ApiKey.objects.count() == 1


def test_a_revoked_key_is_dead_and_stays_so(browser: Browser) -> None:
    key = key_of(make_key(browser))
    path = f"{KEYS}{ApiKey.objects.get().key_id}/revoke/"
    assert "stop working" in text_of(browser.get(f"{ACCOUNT}{path}"))

    answers = [browser.send(path).status_code for _ in range(2)]

    assert answers == [302, 409]
    assert Api(key).get("/identity/v1/me").status_code == 401
    assert "reader revoked" in read(browser)


@pytest.mark.parametrize("what", ["rotate", "revoke"])
def test_somebody_elses_key_is_not_there(browser: Browser, what: str) -> None:
    make.key(make.user("bob"))
    path = f"{KEYS}{ApiKey.objects.get().key_id}/{what}/"

    assert browser.get(f"{ACCOUNT}{path}").status_code == 404


def test_who_has_a_password_shows_it_before_making_one(browser: Browser, alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    browser.force_login(alice)

    response = browser.get(f"{ACCOUNT}{NEW}")

    assert response["Location"].startswith(f"{ACCOUNT}/reauthenticate/?next=")
    assert "API keys" in read(browser)


def test_with_the_password_they_come_where_they_wanted(browser: Browser, alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    browser.force_login(alice)

    response = browser.fill(f"/reauthenticate/?next={ACCOUNT}{NEW}", password=PASSWORD)

    assert response["Location"] == f"{ACCOUNT}{NEW}"
    assert "Make the key" in open_form(browser)
