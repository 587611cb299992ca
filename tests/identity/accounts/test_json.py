"""allauth's JSON for browsers, at /identity/auth/browser/v1."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from identity.models import AuditEvent, User
from tests.identity.accounts.browser import PASSWORD, Browser, code_of_last_mail
from tests.routes import all_views

JSON = "application/json"
BASE = "/identity/auth/browser/v1"
PATHS = sorted({f"/{route}" for route, _ in all_views() if route.startswith("identity/auth/")})
NONSENSE = [
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff",
    b"[" * 5000,
    b'{"a":' * 5000,
    b'{"email": "\\u0000"}',
    b'{"email": "\\ud800"}',
    b'{"email": 1e999}',
    b'{"username": ["x"], "password": {"y": 1}, "email": [], "code": 5, "key": true}',
    b'{"credential": {"id": 5}, "name": "x", "id": "x", "sessions": {"a": 1}}',
    b'{"authenticators": 5, "id": [], "name": {}}',
    b'{"credential": [], "sessions": ["x", null], "authenticators": ["x"], "account": 5}',
    b'{"provider": "nowhere", "account": "x", "process": "login", "token": {}}',
    b'{"provider": "google", "process": "connect", "token": {"client_id": 5, "id_token": []}}',
]


class Script(Browser):
    """A page's script: it sends JSON, with the CSRF token from the cookie."""

    def call(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> Any:
        if "csrftoken" not in self.cookies:
            self.get(f"{BASE}/config")
        sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        headers = {"X-CSRFToken": self.cookies["csrftoken"].value}
        return self.generic(method, path, sent, content_type=kind, headers=headers)


@pytest.fixture
def script(db: None) -> Script:
    return Script()


def sign_in(script: Script, password: str = PASSWORD) -> Any:
    fields = {"username": "alice", "password": password}
    return script.call("POST", f"{BASE}/auth/login", fields)


def test_a_script_signs_somebody_up(script: Script) -> None:
    fields = {"username": "bob", "email": "bob@example.org", "password": PASSWORD}
    response = script.call("POST", f"{BASE}/auth/signup", fields)
    assert (response.status_code, response.json()["meta"]["is_authenticated"]) == (401, False)

    done = script.call("POST", f"{BASE}/auth/email/verify", {"key": code_of_last_mail()})

    assert done.status_code == 200
    assert done.json()["data"]["user"]["id"] == User.objects.get().public_id
    assert script.is_signed_in()


def test_a_script_signs_in_and_out(script: Script, alice: User) -> None:
    assert sign_in(script).status_code == 200
    assert script.get("/identity/v1/me").status_code == 200

    assert script.call("DELETE", f"{BASE}/auth/session").status_code == 401

    assert script.get("/identity/v1/me").status_code == 401
    assert AuditEvent.objects.filter(action="signed_out").exists()


def test_a_script_meets_the_same_limit_as_a_page(script: Script, alice: User) -> None:
    tries = [sign_in(script, "wrong").status_code for _ in range(10)]
    assert tries == [400] * 10

    response = sign_in(script)

    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert int(response["Retry-After"]) > 60
    assert Browser().sign_in("alice").status_code == 429


def test_without_redis_a_script_does_not_get_to_try(
    script: Script, alice: User, no_redis: None
) -> None:
    response = sign_in(script)

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response["Retry-After"] == "1"


def test_sessions_are_listed_and_ended(script: Script, alice: User) -> None:
    other = Script()
    sign_in(other)
    sign_in(script)
    listed = script.get(f"{BASE}/auth/sessions").json()["data"]
    ids = [each["id"] for each in listed if not each["is_current"]]
    assert len(ids) == 1

    script.call("DELETE", f"{BASE}/auth/sessions", {"sessions": ids})

    assert other.get("/identity/v1/me").status_code == 401


def test_the_last_way_in_stays(script: Script, alice: User) -> None:
    sign_in(script)
    SocialAccount.objects.create(user=alice, provider="google", uid="42")
    alice.set_unusable_password()
    User.objects.filter(pk=alice.pk).update(password=alice.password)
    EmailAddress.objects.all().delete()
    script.force_login(alice)

    fields = {"provider": "google", "account": "42"}
    response = script.call("DELETE", f"{BASE}/account/providers", fields)

    assert (response.status_code, response.json()["code"]) == (409, "last_login_method")
    assert SocialAccount.objects.exists()


def test_a_call_from_elsewhere_is_refused(alice: User) -> None:
    response = Client(enforce_csrf_checks=True).post(
        f"{BASE}/auth/login", {}, content_type="application/json"
    )

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize("who", ["nobody", "alice"])
@pytest.mark.parametrize("path", PATHS)
def test_nonsense_is_answered_in_json_and_never_by_a_fault(
    script: Script, alice: User, path: str, who: str
) -> None:
    if who == "alice":
        sign_in(script)

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for body in NONSENSE if method != "GET" else [b""]:
            response = script.call(method, path, body)
            is_form = path.endswith("provider/redirect")
            assert response.status_code < 500, (method, body)
            assert "json" in response["Content-Type"] or is_form, (method, body)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 70_000, "application/json", 413),
        (b"{}", "text/plain", 415),
        (b"a=b", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_json_is_refused(script: Script, body: bytes, kind: str, status: int) -> None:
    assert script.call("POST", f"{BASE}/auth/login", body, kind).status_code == status
