from typing import Any

import pytest
from django.test import Client

from identity import api as identity
from identity.models import User


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def post(browser: Client, path: str, **fields: str) -> Any:
    """Send a form as a browser does: with the token of the page it is on."""
    browser.get("/identity/account/login/")
    token = browser.cookies["csrftoken"].value
    return browser.post(path, {"csrfmiddlewaretoken": token, **fields})


def test_a_link_signs_in_once(browser: Client, alice: User) -> None:
    path = f"/portal/sign-in/{identity.login_link(user_id=alice.pk)}"

    first, again = post(browser, path), post(Client(enforce_csrf_checks=True), path)

    assert (first.status_code, first["Location"]) == (302, "/portal/")
    assert browser.get("/portal/").status_code == 200
    assert again.status_code == 410


def test_looking_at_a_link_does_not_use_it_up(browser: Client, alice: User) -> None:
    path = f"/portal/sign-in/{identity.login_link(user_id=alice.pk)}"

    for _ in range(3):
        assert browser.get(path).status_code == 200

    assert post(browser, path).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "a" * 500, "ñ", "%F0%9F%90%A7"])
def test_a_link_nobody_made_signs_nobody_in(browser: Client, token: str) -> None:
    response = post(browser, f"/portal/sign-in/{token}")

    assert response.status_code == 410
    assert "used already" in response.content.decode()


def test_sign_out_is_a_post(browser: Client, alice: User) -> None:
    post(browser, f"/portal/sign-in/{identity.login_link(user_id=alice.pk)}")

    assert browser.get("/portal/sign-out").status_code == 405
    assert browser.post("/portal/sign-out").status_code == 403
    assert post(browser, "/portal/sign-out").status_code == 302
    assert browser.get("/portal/").status_code == 302


def test_signing_in_makes_a_new_session(browser: Client, alice: User) -> None:
    post(browser, f"/portal/sign-in/{identity.login_link(user_id=alice.pk)}")
    first = browser.cookies["sessionid"].value

    post(browser, f"/portal/sign-in/{identity.login_link(user_id=alice.pk)}")

    assert browser.cookies["sessionid"].value != first
    assert browser.cookies["sessionid"]["httponly"]
    assert browser.cookies["sessionid"]["samesite"] == "Lax"


@pytest.mark.django_db
def test_names_and_passwords_have_one_door(browser: Client) -> None:
    response = browser.get("/portal/sign-in?next=/admin/")

    assert (response.status_code, response["Location"]) == (
        302,
        "/identity/account/login/?next=/admin/",
    )


def test_the_admins_own_door_leads_to_ours(browser: Client) -> None:
    response = browser.get("/admin/login/?next=/admin/")

    assert (response.status_code, response["Location"]) == (302, "/portal/sign-in?next=/admin/")
