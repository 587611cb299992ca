from typing import Any

import pytest

from identity.models import Community, User
from tests import make
from tests.client import Api
from tests.lib.urls import EchoView
from waddlebot.lib.redis import client

pytestmark = pytest.mark.urls("tests.lib.urls")

ONCE = {"Idempotency-Key": "once"}


def test_the_same_request_gets_the_same_answer(api: Api) -> None:
    first = api.post("/router/echo", {"a": 1}, headers=ONCE)
    made = EchoView.made
    second = api.post("/router/echo", {"a": 1}, headers=ONCE)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Content-Type"] == first["Content-Type"]
    assert EchoView.made == made


def test_the_same_key_with_another_body_is_a_conflict(api: Api) -> None:
    api.post("/router/echo", {"a": 1}, headers=ONCE)

    response = api.post("/router/echo", {"a": 2}, headers=ONCE)

    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")


def test_one_that_is_still_in_work_is_not_started_twice(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waddlebot.lib.middleware.remember", lambda *_: None)
    api.post("/router/echo", {"a": 1}, headers=ONCE)

    response = api.post("/router/echo", {"a": 1}, headers=ONCE)

    assert (response.status_code, response.json()["code"]) == (409, "idempotency_in_progress")


def test_a_refusal_may_be_tried_again(api: Api) -> None:
    assert api.post("/router/form", {"name": 1, "parts": 2}, headers=ONCE).status_code == 400

    assert api.post("/router/form", {"name": "ok"}, headers=ONCE).status_code == 201


def test_keys_of_others_do_not_meet(api: Api, alice: User, rookery: Community) -> None:
    other = Api(make.key(alice, place=rookery))

    first = api.post("/router/echo", {"a": 1}, headers=ONCE)
    second = other.post("/router/echo", {"a": 1}, headers=ONCE)

    assert first.json()["number"] != second.json()["number"]


def test_the_kept_answer_cannot_be_read_in_redis(api: Api) -> None:
    api.post("/router/echo", {"canary": "wb_new_key"}, headers=ONCE)

    names: Any = client().keys("wb:idempotency:*")
    kept: Any = client().get(names[0])
    assert len(names) == 1
    assert b"canary" not in kept


@pytest.mark.usefixtures("redis_is_down")
def test_without_redis_nothing_is_promised(api: Api) -> None:
    assert api.post("/router/echo", {}, headers=ONCE).status_code == 503
    assert api.post("/router/echo", {}).status_code == 201


def test_a_key_has_a_length(api: Api) -> None:
    assert api.post("/router/echo", {}, headers={"Idempotency-Key": "k" * 256}).status_code == 400
