from typing import Any

import pytest
from django.core import mail

from identity.models import AuditEvent, User
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser, code_of_last_mail
from waddlebot.lib.redis import client as redis_client

CONFIRM = "/confirm-email/"


def test_a_code_from_the_mail_completes_a_sign_up(browser: Browser) -> None:
    response = browser.sign_up()
    assert (response.status_code, response["Location"]) == (302, f"{ACCOUNT}{CONFIRM}")
    assert not browser.is_signed_in()

    browser.fill(CONFIRM, code=code_of_last_mail())

    assert browser.is_signed_in()
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert {"signed_up", "email_verified", "sign_in_after_sign_up"} <= set(actions)


def test_a_mail_says_who_writes_and_from_where(browser: Browser) -> None:
    browser.sign_up()

    assert str(mail.outbox[0].subject).startswith("WaddleBot: ")
    assert str(mail.outbox[0].body).startswith("Hello from WaddleBot!")
    assert str(mail.outbox[0].body).endswith("testserver")


def test_a_wrong_code_five_times_burns_it(browser: Browser) -> None:
    browser.sign_up()
    code = code_of_last_mail()

    for _ in range(5):
        browser.fill(CONFIRM, code="BBBB-BBBB")

    browser.fill(CONFIRM, code=code)
    assert not browser.is_signed_in()


def test_a_known_address_is_answered_like_an_unknown_one(browser: Browser, alice: User) -> None:
    known, unknown = browser.sign_up(email=str(alice.email)), Browser().sign_up("carol", "c@x.org")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert known.content == unknown.content
    assert [each.to for each in mail.outbox] == [["alice@example.org"], ["c@x.org"]]
    assert not User.objects.filter(username="bob").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "alice"},
        {"username": "ALICE"},
        {"username": "a@b"},
        {"username": "x\0y"},
        {"username": "n" * 200},
        {"email": "nowhere"},
        {"email": "x\0@example.org"},
        {"password1": "password"},
        {"password1": "short"},
        {"password1": ""},
    ],
    ids=str,
)
def test_what_is_no_account_is_refused(
    browser: Browser, alice: User, fields: dict[str, str]
) -> None:
    good = {"username": "bob", "email": "bob@example.org", "password1": PASSWORD}

    response = browser.fill("/signup/", **good | fields)

    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert User.objects.count() == 1


def test_a_mail_server_that_is_down_leaves_no_half_account(
    browser: Browser, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    response = browser.sign_up()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "Mail cannot be sent" in response.content.decode()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    redis_client().flushdb()  # The minute that Retry-After asks for.
    browser.sign_up()
    browser.fill(CONFIRM, code=code_of_last_mail())

    assert browser.is_signed_in()
