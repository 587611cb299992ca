from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from identity import api as identity
from identity.data import ChatAccount
from identity.models import IdentityLink, LinkRequest, User
from tests import make
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser
from tests.identity.pages.reading import alert_of, code_of, text_of

PLATFORMS = "/platforms/"
BOB = ChatAccount("discord", "77", "bob", "Bob")


def ask(browser: Browser, **fields: str) -> Any:
    return browser.fill(PLATFORMS, **{"platform": "discord"} | fields)


def one() -> LinkRequest:
    return LinkRequest.objects.get()


def path(link: UUID, what: str = "") -> str:
    return f"{PLATFORMS}{link}/{what}"


def read(browser: Browser, path: str) -> str:
    response = browser.get(f"{ACCOUNT}{path}")
    assert response.status_code == 200
    return text_of(response)


def link_id(link: IdentityLink) -> UUID:
    return LinkRequest.objects.get(link=link).pk


def test_a_code_is_shown_typed_there_and_confirmed(browser: Browser) -> None:
    code = code_of(ask(browser))
    assert "Waiting for !verify" in read(browser, path(one().pk))

    identity.type_code(typist=BOB, code=code, now=timezone.now())
    assert "Type !confirm there" in read(browser, path(one().pk))

    identity.confirm_typed(typist=BOB, now=timezone.now())
    assert "Bob Discord linked since" in read(browser, PLATFORMS)


def test_a_code_is_shown_once_and_kept_nowhere(browser: Browser) -> None:
    shown = ask(browser)

    assert shown["Cache-Control"] == "no-store"
    code = code_of(shown)
    assert code not in read(browser, PLATFORMS) + read(browser, path(one().pk))


def test_a_second_one_ends_the_first(browser: Browser) -> None:
    first, second = code_of(ask(browser)), code_of(ask(browser))

    assert identity.type_code(typist=BOB, code=first, now=timezone.now()) is None
    assert identity.type_code(typist=BOB, code=second, now=timezone.now())


def test_a_new_code_is_shown_after_a_minute(browser: Browser) -> None:
    ask(browser)
    early = browser.send(path(one().pk, "resend/"))
    assert (early.status_code, alert_of(early)) == (429, "A new code is made once a minute.")

    LinkRequest.objects.update(expires_at=timezone.now() + timedelta(minutes=8))

    assert code_of(browser.send(path(one().pk, "resend/")))


def test_a_request_is_cancelled_once(browser: Browser) -> None:
    ask(browser)

    answers = [browser.send(path(one().pk, "cancel/")) for _ in range(2)]

    assert [each.status_code for each in answers] == [302, 404]
    assert "This ended without a link" in read(browser, path(one().pk))


@pytest.mark.parametrize(
    "fields",
    [{"platform": "myspace"}, {"username": "a\0b"}, {"username": "n" * 101}, {"method": "dm"}],
    ids=str,
)
def test_what_cannot_be_is_said_at_the_form(browser: Browser, fields: dict[str, str]) -> None:
    response = ask(browser, **fields)

    if "method" in fields:  # No platform is set up for it here, so it is not asked for.
        assert code_of(response)
    else:
        assert alert_of(response)
        assert not LinkRequest.objects.exists()


def test_too_many_codes_are_refused_at_the_form(browser: Browser) -> None:
    for _ in range(5):
        ask(browser)

    response = ask(browser, username="bob")

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 60
    assert "too" in alert_of(response).lower()
    assert 'value="bob"' in response.content.decode()


def test_unlinking_says_what_is_lost(browser: Browser, alice: User, rookery: Any) -> None:
    make.link(alice, "twitch", "1")
    linked = link_id(make.link(alice, "discord", "77"))
    assert "no owner any more" in read(browser, path(linked, "unlink/"))

    response = browser.send(path(linked, "unlink/"))

    assert response["Location"] == f"{ACCOUNT}{PLATFORMS}"
    assert "bob on Discord is linked to you no more." in read(browser, PLATFORMS)
    assert not IdentityLink.objects.filter(platform="discord").exists()


def test_the_last_way_in_stays_and_the_remedy_is_named(browser: Browser, alice: User) -> None:
    linked = link_id(make.link(alice, "discord", "77"))

    response = browser.fill(path(linked, "unlink/"))

    assert response.status_code == 409
    assert "last way into your WaddleBot account" in alert_of(response)
    assert f"{ACCOUNT}/password/set/" in response.content.decode()
    assert IdentityLink.objects.filter(user=alice).exists()


def test_who_has_a_password_shows_it_before_unlinking(browser: Browser, alice: User) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    browser.force_login(alice)
    linked = link_id(make.link(alice, "discord", "77"))

    response = browser.get(f"{ACCOUNT}{path(linked, 'unlink/')}")

    assert response["Location"].startswith(f"{ACCOUNT}/reauthenticate/?next=")


@pytest.mark.parametrize("what", ["", "verify/", "resend/", "cancel/", "unlink/"])
def test_somebody_elses_request_is_not_there(browser: Browser, what: str) -> None:
    bob = make.user("bob")
    linked = link_id(make.link(bob, "discord", "77"))
    browser.get(f"{ACCOUNT}{PLATFORMS}")

    assert browser.send(path(linked, what), code="ABCDEF").status_code in {404, 405}
    assert browser.get(f"{ACCOUNT}{path(linked, what)}").status_code in {404, 405}


@pytest.mark.parametrize("way", [PLATFORMS, path(UUID(int=7)), path(UUID(int=7), "unlink/")])
def test_nobody_sees_it_without_signing_in(db: None, way: str) -> None:
    response = Browser().get(f"{ACCOUNT}{way}")

    assert response["Location"].startswith(f"{ACCOUNT}/login/")


def test_a_form_from_elsewhere_asks_for_nothing(browser: Browser) -> None:
    response = browser.post(f"{ACCOUNT}{PLATFORMS}", {"platform": "discord"})

    assert response.status_code == 403
    assert not LinkRequest.objects.exists()
