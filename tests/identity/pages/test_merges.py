import re
from datetime import timedelta

import pytest
from django.utils import timezone

from identity.models import AccountMerge, User
from tests import make
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser
from tests.identity.pages.reading import alert_of, text_of

MERGES = "/merge/"


@pytest.fixture
def bob(db: None) -> User:
    return make.user("bob", display_name="Bob")


@pytest.fixture
def as_bob(bob: User) -> Browser:
    browser = Browser()
    browser.force_login(bob)
    return browser


@pytest.fixture
def page(browser: Browser, as_bob: Browser) -> str:
    """Return the path of the preview in which alice sees what she would get of bob's."""
    response = browser.fill(MERGES, code=code_of(as_bob))
    assert response.status_code == 302
    return str(response["Location"].removeprefix(ACCOUNT))


def code_of(browser: Browser) -> str:
    browser.get(f"{ACCOUNT}{MERGES}")
    found = re.search(r">([A-Z2-9]{6})</code>", browser.send("/merge/code/").content.decode())
    assert found is not None
    return found[1]


def read(browser: Browser, path: str = MERGES) -> str:
    response = browser.get(f"{ACCOUNT}{path}")
    assert response.status_code == 200
    return text_of(response)


def test_two_accounts_are_looked_at_made_one_and_parted(
    browser: Browser, alice: User, bob: User, page: str
) -> None:
    make.link(alice, "twitch", "1")
    make.link(bob, "discord", "77")
    assert "Merge Bob into this account?" in read(browser, page)

    browser.send(f"{page}confirm/")
    assert "It can be undone until" in read(browser, page)
    assert "Discord linked" in read(browser, "/platforms/")

    browser.send(f"{page}undo/")
    assert "Undone" in read(browser, page)
    assert "Discord linked" not in read(browser, "/platforms/")
    assert "Bob undone" in read(browser)


def test_a_preview_says_what_moves_and_what_is_lost(
    browser: Browser, as_bob: Browser, bob: User
) -> None:
    make.community(owner=bob)
    code = code_of(as_bob)

    location = browser.fill(MERGES, code=code)["Location"]

    shown = read(browser, location.removeprefix(ACCOUNT))
    assert "memberships 1 0" in shown
    assert "second factors of Bob open nothing any more" in shown


def test_confirming_twice_merges_once(browser: Browser, page: str) -> None:
    answers = [browser.send(f"{page}confirm/").status_code for _ in range(2)]

    assert answers == [302, 409]
    assert AccountMerge.objects.get().state == AccountMerge.State.DONE


def test_a_preview_is_dropped(browser: Browser, page: str) -> None:
    browser.send(f"{page}cancel/")

    assert "Cancelled; nothing has moved." in read(browser, page)
    assert browser.send(f"{page}confirm/").status_code == 409


def test_an_old_preview_is_no_good(browser: Browser, page: str) -> None:
    AccountMerge.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "The time is over, and nothing has moved." in read(browser, page)
    response = browser.send(f"{page}confirm/")
    assert "not open any more" in alert_of(response)


def test_an_undo_that_would_lock_somebody_out_is_refused(
    browser: Browser, bob: User, page: str
) -> None:
    make.link(bob, "discord", "77")
    browser.send(f"{page}confirm/")

    response = browser.send(f"{page}undo/")

    assert response.status_code == 409
    assert "Set a password" in alert_of(response)


@pytest.mark.parametrize("code", ["ABCDEF", "", "a\0b", "x" * 65], ids=repr)
def test_a_wrong_code_is_said(browser: Browser, code: str) -> None:
    response = browser.fill(MERGES, code=code)

    assert alert_of(response)
    assert not AccountMerge.objects.exists()


def test_ones_own_code_is_for_the_other_account(browser: Browser) -> None:
    response = browser.fill(MERGES, code=code_of(browser))

    assert response.status_code == 409
    assert "not in this one" in alert_of(response)


@pytest.mark.parametrize("what", ["", "confirm/", "undo/", "cancel/"])
def test_somebody_elses_merge_is_not_there(page: str, what: str) -> None:
    eve = Browser()
    eve.force_login(make.user("eve"))
    eve.get(f"{ACCOUNT}{MERGES}")

    response = eve.send(page + what) if what else eve.get(f"{ACCOUNT}{page}")

    assert response.status_code == 404


def test_who_has_a_password_shows_it_and_the_merge_goes_on(
    browser: Browser, alice: User, page: str
) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    browser.force_login(alice)
    browser.get(f"{ACCOUNT}{page}")
    again = browser.send(f"{page}confirm/")
    assert again["Location"].startswith(f"{ACCOUNT}/reauthenticate/?next=")

    browser.fill(again["Location"].removeprefix(ACCOUNT), password=PASSWORD)

    assert AccountMerge.objects.get().state == AccountMerge.State.DONE
