"""The API from a browser: Django's session cookie, and CSRF for what changes something."""

from typing import Any

import pytest
from django.conf import settings
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client

from identity.models import Community, User
from tests import make

PLACES = "/identity/v1/communities"


@pytest.fixture
def browser(alice: User, rookery: Community) -> Client:
    """Return a browser in which alice is signed in, and which minds CSRF."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


def post(browser: Client, token: str = "") -> int:
    headers: dict[str, Any] = {"X-CSRFToken": token} if token else {}
    answer = browser.post(
        PLACES, {"name": "C", "slug": "colony"}, content_type="application/json", headers=headers
    )
    return answer.status_code


def test_a_session_acts_with_the_role_of_its_person(browser: Client) -> None:
    assert browser.get(f"{PLACES}/rookery").json()["role"] == "owner"


def test_a_session_that_changes_something_needs_the_csrf_token(browser: Client) -> None:
    assert post(browser) == 403

    token = _get_new_csrf_string()
    browser.cookies[settings.CSRF_COOKIE_NAME] = token
    assert post(browser, "wrong") == 403
    assert post(browser, token) == 201


def test_a_cookie_of_no_session_is_nobody(rookery: Community) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32

    assert client.get(f"{PLACES}/rookery").status_code == 401


def test_the_session_of_a_closed_account_is_nobody(browser: Client) -> None:
    User.objects.update(is_active=False)

    assert browser.get(f"{PLACES}/rookery").status_code == 401


def test_a_session_reaches_no_community_of_others(browser: Client) -> None:
    make.community(owner=make.user("bob"), slug="theirs")

    assert browser.get(f"{PLACES}/theirs").status_code == 404


def test_a_session_of_staff_may_administer(browser: Client) -> None:
    assert browser.get("/identity/v1/audit").status_code == 403

    User.objects.update(is_staff=True)
    assert browser.get("/identity/v1/audit").status_code == 200
