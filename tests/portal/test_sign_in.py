from typing import Any

import pytest
from django.test import Client

from identity import api as identity
from identity.models import AuditEvent, User

PASSWORD = "correct horse battery"


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def alice_with_password(alice: User) -> User:
    alice.set_password(PASSWORD)
    alice.save()
    return alice


def post(browser: Client, path: str, **fields: str) -> Any:
    """Send a form as a browser does: with the token of the page it is on."""
    browser.get("/portal/sign-in")
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


def test_a_name_and_its_password_sign_in(browser: Client, alice_with_password: User) -> None:
    response = post(browser, "/portal/sign-in", username="alice", password=PASSWORD)

    assert (response.status_code, response["Location"]) == (302, "/portal/")
    assert AuditEvent.objects.filter(action="sign_in_by_password", outcome="success").exists()


def test_sign_in_leads_where_somebody_wanted_to_go(
    browser: Client, alice_with_password: User
) -> None:
    path = "/portal/sign-in?next="
    fields = {"username": "alice", "password": PASSWORD}

    assert post(browser, f"{path}/admin/", **fields)["Location"] == "/admin/"
    assert post(Client(), f"{path}https://evil.example/", **fields)["Location"] == "/portal/"
    assert post(Client(), f"{path}//evil.example/", **fields)["Location"] == "/portal/"


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "alice", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "alice\0", "password": PASSWORD},
        {"username": "", "password": ""},
        {"username": "a" * 200, "password": "b" * 2000},
    ],
    ids=["wrong password", "unknown name", "nul", "empty", "long"],
)
def test_anything_else_does_not(
    browser: Client, alice_with_password: User, fields: dict[str, str]
) -> None:
    response = post(browser, "/portal/sign-in", **fields)

    assert response.status_code == 400
    assert "sessionid" not in browser.cookies


def test_passwords_cannot_be_tried_for_long(browser: Client, alice_with_password: User) -> None:
    fields = {"username": "alice", "password": "wrong"}
    tries = [post(browser, "/portal/sign-in", **fields).status_code for _ in range(11)]

    assert tries == [400] * 10 + [429]
    response = post(browser, "/portal/sign-in", username="ALICE", password=PASSWORD)
    assert (response.status_code, int(response["Retry-After"]) > 60) == (429, True)


def test_sign_out_is_a_post(browser: Client, alice: User) -> None:
    post(browser, f"/portal/sign-in/{identity.login_link(user_id=alice.pk)}")

    assert browser.get("/portal/sign-out").status_code == 405
    assert browser.post("/portal/sign-out").status_code == 403
    assert post(browser, "/portal/sign-out").status_code == 302
    assert browser.get("/portal/").status_code == 302


def test_signing_in_makes_a_new_session(browser: Client, alice_with_password: User) -> None:
    path = f"/portal/sign-in/{identity.login_link(user_id=alice_with_password.pk)}"
    post(browser, path)
    first = browser.cookies["sessionid"].value

    post(browser, "/portal/sign-in", username="alice", password=PASSWORD)

    assert browser.cookies["sessionid"].value != first
    assert browser.cookies["sessionid"]["httponly"]
    assert browser.cookies["sessionid"]["samesite"] == "Lax"


def test_the_admins_own_door_leads_to_ours(browser: Client) -> None:
    response = browser.get("/admin/login/?next=/admin/")

    assert (response.status_code, response["Location"]) == (302, "/portal/sign-in?next=/admin/")
