import io
import re
from typing import Any
from zipfile import ZipFile

import pytest

from identity import tasks
from identity.models import Community, DataExport, Erasure, User
from tests import make
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser
from tests.identity.pages.reading import alert_of, text_of

DATA = "/data/"
DELETE = "/data/delete/"


def read(browser: Browser) -> str:
    return text_of(browser.get(f"{ACCOUNT}{DATA}"))


def test_a_copy_is_asked_for_built_and_downloaded(browser: Browser) -> None:
    browser.get(f"{ACCOUNT}{DATA}")
    browser.send("/data/export/")
    assert "waiting to be begun" in read(browser)
    tasks.build_exports()

    page = browser.get(f"{ACCOUNT}{DATA}").content.decode()
    found = re.search(r'href="(/identity/v1/exports/[^"]+)"', page)
    assert found is not None
    response: Any = browser.get(found[1])

    archive = ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert "data/identity/auth_user.json" in archive.namelist()


def test_asked_for_twice_it_is_made_once(browser: Browser) -> None:
    browser.get(f"{ACCOUNT}{DATA}")

    answers = [browser.send("/data/export/").status_code for _ in range(2)]

    assert answers == [302, 302]
    assert DataExport.objects.count() == 1


def test_how_far_it_is_can_be_seen(browser: Browser, alice: User) -> None:
    state = DataExport.State.RUNNING
    DataExport.objects.create(user=alice, state=state, tables_done=4, tables_total=31)

    page = read(browser)

    assert "4 of 31 tables" in page
    assert "Look again" in page


def test_a_fourth_in_a_day_is_refused(browser: Browser, alice: User) -> None:
    for _ in range(3):
        DataExport.objects.create(user=alice, state=DataExport.State.FAILED)
    browser.get(f"{ACCOUNT}{DATA}")

    response = browser.send("/data/export/")

    assert (response.status_code, alert_of(response)) == (
        429,
        "There are at most 3 exports a day.",
    )
    assert int(response["Retry-After"]) > 60


def test_an_account_is_given_up_and_kept_after_all(browser: Browser) -> None:
    browser.fill(DELETE, username="Alice")
    assert "Your account will be deleted on" in read(browser)
    assert browser.get(f"{ACCOUNT}{DELETE}")["Location"] == f"{ACCOUNT}{DATA}"

    browser.send("/data/keep/")

    assert "Your account stays." in read(browser)
    assert Erasure.objects.get().state == Erasure.State.CANCELLED


@pytest.mark.parametrize("typed", ["", "bob", "a\0b"], ids=repr)
def test_it_takes_the_right_name(browser: Browser, typed: str) -> None:
    response = browser.fill(DELETE, username=typed)

    assert alert_of(response)
    assert not Erasure.objects.exists()


def test_what_closes_with_it_is_said(browser: Browser, rookery: Community) -> None:
    assert "The Rookery goes with it" in text_of(browser.get(f"{ACCOUNT}{DELETE}"))


def test_whom_others_need_cannot_leave(browser: Browser, rookery: Community) -> None:
    make.member(rookery, make.user("bob"))

    response = browser.fill(DELETE, username="alice")

    assert response.status_code == 409
    assert "rookery. Make another member owner" in alert_of(response)


def test_who_has_a_password_shows_it_before_leaving(browser: Browser, alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    browser.force_login(alice)

    response = browser.get(f"{ACCOUNT}{DELETE}")

    assert response["Location"].startswith(f"{ACCOUNT}/reauthenticate/?next=")
