from typing import Any

import pytest
from django.core import mail
from django.test import Client

from identity.models import AuditEvent, User
from tests import make
from tests.identity.accounts.browser import (
    ACCOUNT,
    PASSWORD,
    Browser,
    Fields,
    code_of_last_mail,
)

CODE = "/login/code/"
CONFIRM = "/login/code/confirm/"
RESET = "/password/reset/"


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@example.org"])
def test_a_name_or_an_address_signs_in(browser: Browser, alice: User, login: str) -> None:
    response = browser.sign_in(login)

    assert (response.status_code, response["Location"]) == (302, "/portal/")
    assert browser.is_signed_in()
    event = AuditEvent.objects.get(action="sign_in_by_password")
    assert (event.actor, event.outcome) == (f"user:{alice.pk}", "success")


def test_somebody_without_an_address_signs_in_by_password(browser: Browser, db: None) -> None:
    make.user("owner", password=PASSWORD)

    assert browser.sign_in("owner")["Location"] == "/portal/"
    assert browser.is_signed_in()


def test_an_address_that_is_not_verified_signs_nobody_in(browser: Browser, db: None) -> None:
    make.user("owner", password=PASSWORD, email="owner@example.org")

    assert browser.sign_in("owner")["Location"] == f"{ACCOUNT}/confirm-email/"
    assert not browser.is_signed_in()
    assert mail.outbox


def test_sign_in_leads_where_somebody_wanted_to_go(alice: User) -> None:
    ways = {
        "/admin/": "/admin/",
        "https://evil.example/": "/portal/",
        "//evil.example/": "/portal/",
    }

    for wanted, reached in ways.items():
        fields = {"login": "alice", "password": PASSWORD}
        response = Browser().fill(f"/login/?next={wanted}", **fields, next=wanted)
        assert response["Location"] == reached


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("alice", "wrong"),
        ("nobody", PASSWORD),
        ("alice\0", PASSWORD),
        ("", ""),
        ("a" * 200, "b" * 2000),
    ],
)
def test_anything_else_does_not(browser: Browser, alice: User, login: str, password: str) -> None:
    response = browser.sign_in(login, password)

    assert 'role="alert"' in response.content.decode()
    assert not browser.is_signed_in()


def test_a_wrong_name_and_a_wrong_password_look_alike(browser: Browser, alice: User) -> None:
    known, unknown = browser.sign_in("alice", "wrong"), browser.sign_in("nobody", "wrong")

    alert = known.content.decode().partition('role="alert"')[2].partition("</div>")[0]
    assert alert
    assert alert in unknown.content.decode()
    refusals = AuditEvent.objects.filter(action="sign_in_by_password", outcome="refused")
    assert {event.actor for event in refusals} == {"anonymous"}


def test_passwords_cannot_be_tried_for_long(browser: Browser, alice: User) -> None:
    tries = [browser.sign_in("alice", "wrong").status_code for _ in range(11)]

    assert tries == [200] * 10 + [429]
    response = browser.sign_in("ALICE")
    assert (response.status_code, int(response["Retry-After"]) > 60) == (429, True)


def test_a_code_signs_in(browser: Browser, alice: User) -> None:
    browser.fill(CODE, email="alice@example.org")
    browser.fill(CONFIRM, code=code_of_last_mail())

    assert browser.is_signed_in()
    assert AuditEvent.objects.filter(action="sign_in_by_code", outcome="success").exists()


def test_a_code_for_nobody_is_asked_for_alike(browser: Browser, alice: User) -> None:
    known = browser.fill(CODE, email="alice@example.org")
    unknown = Browser().fill(CODE, email="nobody@example.org")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(mail.outbox) == 2


def test_five_codes_an_hour_and_no_more(alice: User) -> None:
    asked = [Browser().fill(CODE, email="alice@example.org").status_code for _ in range(6)]

    assert asked == [302] * 5 + [200]
    assert len(mail.outbox) == 5


def test_a_forgotten_password_is_replaced_by_a_code(browser: Browser, alice: User) -> None:
    browser.fill(RESET, email="alice@example.org")
    browser.fill(f"{RESET}confirm/", code=code_of_last_mail())
    new = {"password1": "another good one", "password2": "another good one"}
    browser.fill(f"{RESET}complete/", **new)

    assert Browser().sign_in("alice").status_code == 200
    fresh = Browser()
    fresh.sign_in("alice", "another good one")
    assert fresh.is_signed_in()
    assert AuditEvent.objects.filter(action="password_reset").exists()


def test_a_reset_for_nobody_is_asked_for_alike(browser: Browser, alice: User) -> None:
    known = browser.fill(RESET, email="alice@example.org")
    unknown = Browser().fill(RESET, email="nobody@example.org")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.parametrize("path", ["/login/", "/signup/", CODE, RESET])
def test_every_field_has_a_label(browser: Browser, path: str) -> None:
    fields = Fields()
    fields.feed(browser.get(f"{ACCOUNT}{path}").content.decode())

    assert fields.fields
    assert fields.fields <= fields.labelled


@pytest.mark.parametrize("path", ["/login/", "/signup/", CODE, RESET])
def test_without_redis_nobody_gets_to_try(
    browser: Browser, alice: User, path: str, no_redis: None
) -> None:
    fields = {"login": "alice", "password": PASSWORD, "email": "alice@example.org"}

    response = browser.fill(path, **fields, username="bob", password1=PASSWORD)

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert mail.outbox == []


def test_a_session_is_new_at_sign_in(browser: Browser, alice: User) -> None:
    browser.fill(CODE, email="alice@example.org")
    before = browser.cookies["sessionid"].value

    browser.fill(CONFIRM, code=code_of_last_mail())

    assert browser.cookies["sessionid"].value != before


def test_a_form_from_elsewhere_is_refused(alice: User) -> None:
    response: Any = Client(enforce_csrf_checks=True).post(f"{ACCOUNT}/login/", {"login": "alice"})

    assert response.status_code == 403
    assert "came from elsewhere" in response.content.decode()
