from identity.models import User
from identity.operations.audit import record
from tests import make
from tests.client import Api
from tests.identity.accounts.browser import ACCOUNT, Browser
from tests.identity.pages.reading import text_of


def read(browser: Browser, address: str = f"{ACCOUNT}/activity/") -> str:
    return text_of(browser.get(address))


def did(actor: str, action: str, target: str = "") -> None:
    record(category="audit", action=action, actor=actor, target=target, ip="192.0.2.7")


def test_it_tells_what_was_done_by_whom_and_from_where(browser: Browser, alice: User) -> None:
    me = f"user:{alice.pk}"
    did(me, "password_changed")
    did(f"user:{make.user('bob').pk}", "role_changed", target=me)
    did("anonymous", "export_downloaded", target=me)

    page = read(browser)

    assert "Password changed by you, from 192.0.2.7" in page
    assert "Role changed by somebody else, from 192.0.2.7" in page
    assert "Export downloaded by somebody who was not signed in" in page


def test_what_a_key_did_is_there_too(browser: Browser, alice: User) -> None:
    key = make.key(alice, scopes=["identity:manage"])
    Api(key).post("/identity/v1/me/export")

    assert f"Export requested by the key {key[:15]}" in read(browser)


def test_what_others_do_is_not(browser: Browser) -> None:
    did(f"user:{make.user('bob').pk}", "password_changed")

    assert "Password changed" not in read(browser)


def test_it_comes_in_pages(browser: Browser, alice: User) -> None:
    for number in range(51):
        did(f"user:{alice.pk}", f"step_{number}")
    first = browser.get(f"{ACCOUNT}/activity/")
    assert "Step 50" in text_of(first)
    assert "Step 0 by" not in text_of(first)

    older = first.content.decode().partition('rel="next"')[0].rpartition('href="')[2]

    assert "Step 0 by you" in read(browser, older.partition('"')[0])


def test_a_made_up_place_in_the_list_is_refused(browser: Browser) -> None:
    assert browser.get(f"{ACCOUNT}/activity/?cursor=x").status_code == 400
