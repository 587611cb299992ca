import logging

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = [pytest.mark.urls("tests.lib.urls"), pytest.mark.django_db]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_a_request_id_comes_back(client: Client) -> None:
    assert (
        client.get("/health", headers={"X-Request-Id": "mine-12345"})["X-Request-Id"]
        == "mine-12345"
    )
    assert len(client.get("/health", headers={"X-Request-Id": "<b>"})["X-Request-Id"]) == 36


@pytest.mark.parametrize(
    "path", ["/health", "/router/nowhere", "/portal/sign-in", "/router/plain"]
)
def test_every_answer_is_guarded(client: Client, path: str) -> None:
    response = client.get(path)

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


def test_the_api_has_no_cookies(client: Client) -> None:
    assert not client.get("/health").cookies
    assert not client.get("/router/nowhere").cookies


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/router/nowhere", 404),
        ("/router/plain", 500),
        ("/nowhere", 404),
        ("/router/echo?a=%00", 400),
    ],
)
def test_programs_are_told_problems(client: Client, path: str, status: int) -> None:
    response = client.get(path)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert b"secret" not in response.content


@pytest.mark.parametrize(("path", "status"), [("/portal/nowhere", 404), ("/portal/plain", 500)])
def test_people_are_told_pages(client: Client, path: str, status: int) -> None:
    response = client.get(path)

    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert b"secret" not in response.content


def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    response = client.get("/schema", headers={"Host": "evil.example"})

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


def test_a_probe_may_come_to_the_bare_address(client: Client) -> None:
    response = client.get("/router/health", headers={"Host": "10.1.2.3"})

    assert response.status_code == 200


def test_a_body_without_a_length_is_refused(client: Client) -> None:
    response = client.get("/health", headers={"Transfer-Encoding": "chunked"})

    assert (response.status_code, response.json()["code"]) == (411, "length_required")


def test_the_access_log_has_the_route_and_no_path(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="waddlebot.access"):
        client.get("/portal/sign-in/a-secret-token?code=ABC234")

    line = next(record for record in caplog.records if record.name == "waddlebot.access")
    assert line.__dict__["route"] == "portal/sign-in/<str:token>"
    assert line.__dict__["status"] == 200
    assert "secret" not in str(line.__dict__)


@pytest.mark.parametrize("path", ["/router/down", "/portal/down"])
def test_a_database_that_is_down_is_503(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert b"secret" not in response.content


def test_over_https_cookies_are_bound_to_the_host(settings: Settings) -> None:
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    settings.CSRF_COOKIE_SECURE = True

    cookie = Client().get("/identity/account/login/", secure=True).cookies["__Host-csrftoken"]

    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]
