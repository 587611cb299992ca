from typing import Any

import pytest

from tests.client import Api

pytestmark = pytest.mark.urls("tests.lib.urls")


def problem_of(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert body["status"] == response.status_code
    return body


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[", 400, "malformed"),
        (b'{"a": "\\u0000"}', 400, "malformed"),
        (b'{"a": "\\ud800"}', 400, "malformed"),
        (b"[" * 10_000, 400, "malformed"),
        (b'"' + b"a" * 65_536 + b'"', 413, "too_large"),
        (b'"' + b"a" * 5_000_000 + b'"', 413, "too_large"),
    ],
    ids=["broken", "nul", "surrogate", "deep", "64 KiB", "5 MB"],
)
def test_a_bad_body_is_refused(api: Api, body: bytes, status: int, code: str) -> None:
    response = api.post("/router/echo", body)

    assert (response.status_code, problem_of(response)["code"]) == (status, code)


def test_a_view_may_read_less(api: Api) -> None:
    assert api.post("/router/small", [1, 2]).status_code == 201
    assert api.post("/router/small", [1, 2, 3, 4, 5, 6]).status_code == 413


def test_only_json_is_taken(api: Api) -> None:
    sent = {"Authorization": f"Bearer {api.key}"}
    response = api.client.post("/router/echo", {"a": "b"}, headers=sent)

    assert problem_of(response)["code"] == "unsupported_media_type"
    assert response.status_code == 415


def test_every_flaw_of_the_input_is_pointed_at(api: Api) -> None:
    response = api.post("/router/form", {"name": "too long", "parts": [1, "x"]})

    assert response.status_code == 400
    flaws = problem_of(response)["errors"]
    assert {flaw["pointer"] for flaw in flaws} == {"#/name", "#/parts/1"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("conflict", 409, "conflict"),
        ("missing", 404, "not_found"),
        ("forbidden", 403, "forbidden"),
        ("database", 503, "unavailable"),
        ("redis", 503, "unavailable"),
        ("bug", 500, "internal_error"),
    ],
)
def test_a_fault_becomes_a_problem_without_its_text(fault: str, status: int, code: str) -> None:
    response = Api().get(f"/router/fault/{fault}")

    assert (response.status_code, problem_of(response)["code"]) == (status, code)
    assert b"secret" not in response.content
    assert ("Retry-After" in response) == (status == 503)


@pytest.mark.django_db
def test_nobody_is_asked_to_identify_themselves() -> None:
    response = Api().post("/router/echo", {})

    assert (response.status_code, response["WWW-Authenticate"][:6]) == (401, "Bearer")
    problem_of(response)


def test_a_method_that_is_not_there_is_405(api: Api) -> None:
    response = api.delete("/router/echo")

    assert (response.status_code, problem_of(response)["code"]) == (405, "method_not_allowed")
    assert "POST" in response["Allow"]


def test_answers_tell_the_limit(api: Api) -> None:
    first, second = (api.post("/router/echo", {}) for _ in range(2))

    assert first["RateLimit-Policy"] == '"key";q=6000;w=60'
    assert first["RateLimit"].startswith('"key";r=5999;')
    assert second["RateLimit"].startswith('"key";r=5998;')


def test_a_key_that_asks_too_often_must_wait(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "waddlebot.lib.throttle.hit", lambda name, _, window: limited(name, window)
    )

    response = api.post("/router/echo", {})

    assert (response.status_code, problem_of(response)["code"]) == (429, "rate_limited")
    assert int(response["Retry-After"]) >= 1
    assert response["RateLimit"].startswith('"key";r=0;')


def limited(name: str, window: float) -> Any:
    from waddlebot.lib.limits import hit  # noqa: PLC0415 - the one that was replaced

    hit(name, 1, window)
    return hit(name, 1, window)
