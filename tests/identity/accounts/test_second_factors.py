import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from identity.models import AuditEvent, User
from tests import make
from tests.identity.accounts.browser import ACCOUNT, PASSWORD, Browser, code_of_last_mail

ACTIVATE = "/2fa/totp/activate/"
AUTHENTICATE = "/2fa/authenticate/"


def app_code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def enrol(browser: Browser) -> str:
    """Set an authenticator app up, and return the secret it shows."""
    browser.fill("/reauthenticate/", password=PASSWORD)
    page = browser.get(f"{ACCOUNT}{ACTIVATE}").content.decode()
    found = re.search(r'value="([A-Z2-7]{32})"', page)
    assert found, page
    browser.send(ACTIVATE, code=app_code(found[1]))
    return found[1]


@pytest.fixture
def secret(signed_in: Browser) -> str:
    return enrol(signed_in)


def test_an_app_is_set_up_after_the_password(signed_in: Browser) -> None:
    assert "/reauthenticate/" in signed_in.get(f"{ACCOUNT}{ACTIVATE}")["Location"]

    enrol(signed_in)

    kinds = set(Authenticator.objects.values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    assert AuditEvent.objects.filter(action="authenticator_added").count() == 2


def test_its_secret_is_sealed(secret: str) -> None:
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept


def test_a_password_alone_is_not_signed_in_any_more(secret: str, alice: User) -> None:
    browser = Browser()

    response = browser.sign_in("alice")

    assert response["Location"].startswith(f"{ACCOUNT}{AUTHENTICATE}")
    assert not browser.is_signed_in()
    assert browser.get("/identity/v1/me").status_code == 401


def test_the_second_step_signs_in(secret: str, alice: User, settings: Any) -> None:
    browser = Browser()
    browser.sign_in("alice")
    # The code that set the app up serves once; the next comes with the next half minute.
    settings.MFA_TOTP_PERIOD = 29

    browser.fill(AUTHENTICATE, code=app_code(secret))

    assert browser.is_signed_in()
    event = AuditEvent.objects.filter(action="sign_in_by_password").latest("id")
    assert event.details["steps"] == ["password", "mfa"]


def test_codes_of_an_app_cannot_be_guessed(secret: str, alice: User) -> None:
    browser = Browser()
    browser.sign_in("alice")

    for _ in range(6):
        browser.fill(AUTHENTICATE, code="000000")

    refused = browser.fill(AUTHENTICATE, code=app_code(secret))
    assert refused.status_code in {200, 429}
    assert not browser.is_signed_in()
    assert AuditEvent.objects.filter(action="second_factor", outcome="refused").exists()


def test_a_code_by_mail_does_not_stand_in_for_it(secret: str, alice: User) -> None:
    browser = Browser()
    browser.fill("/login/code/", email="alice@example.org")

    response = browser.fill("/login/code/confirm/", code=code_of_last_mail())

    assert response["Location"].startswith(f"{ACCOUNT}{AUTHENTICATE}")
    assert not browser.is_signed_in()


@pytest.fixture
def lost(secret: str, settings: Any) -> None:
    """The key that sealed the secret of alice's app is gone."""
    settings.SECRET_KEY = "another " * 8


@pytest.mark.usefixtures("lost")
def test_an_app_whose_key_is_gone_is_refused_clearly(alice: User) -> None:
    browser = Browser()
    browser.sign_in("alice")

    answer = browser.fill(AUTHENTICATE, code="123456")

    assert answer.status_code == 409
    assert "can be read no more" in answer.content.decode()
    assert not browser.is_signed_in()


@pytest.mark.usefixtures("lost")
def test_a_program_is_told_so_too(alice: User) -> None:
    client, path = Client(), "/identity/auth/browser/v1/auth"
    login = {"username": "alice", "password": PASSWORD}
    client.post(f"{path}/login", login, content_type="application/json")

    answer = client.post(
        f"{path}/2fa/authenticate", {"code": "123456"}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "second_factor_lost")


@pytest.mark.usefixtures("lost")
def test_staff_take_a_lost_app_away_on_the_record(alice: User) -> None:
    staff = Client()
    staff.force_login(make.user("sam", is_staff=True))
    form = {"action": "take_codes_away", "_selected_action": [alice.pk]}

    for _ in range(2):
        staff.post("/admin/identity/user/", form)
    browser = Browser()
    browser.sign_in("alice")

    assert browser.is_signed_in()
    event = AuditEvent.objects.get(action="second_factor_taken_away")
    assert (event.target, event.details) == (f"user:{alice.pk}", {"authenticators": 2})


@pytest.mark.parametrize("credential", ["", "x", "{}", "[]", "null", '{"id": 5}', "\0"])
def test_what_is_no_passkey_is_refused(browser: Browser, credential: str) -> None:
    browser.get(f"{ACCOUNT}/login/")
    browser.get(f"{ACCOUNT}/2fa/webauthn/login/")

    response = browser.send("/2fa/webauthn/login/", credential=credential)

    assert response.status_code < 500
    assert not browser.is_signed_in()
