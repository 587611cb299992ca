import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from identity.models import User
from tests import make
from tests.client import Api
from waddlebot.lib import health, worker

APPS = ["router", "marketplace", "identity", "labels", "browser", "portal"]


@pytest.fixture(autouse=True)
def _look_anew() -> Iterator[None]:
    health.forget()
    yield
    health.forget()


def detailed(**headers: str) -> Any:
    return Client().get("/health/detailed", headers=headers)


@pytest.mark.parametrize("app", APPS)
def test_each_app_says_that_it_is_there(app: str) -> None:
    module = {"router": "core_router", "browser": "browser_sources"}.get(app, app)

    answer = Client().get(f"/{app}/health").json()

    assert answer == {"status": "ok", "module": module, "version": "0.1.0"}


def test_health_touches_nothing(django_assert_num_queries: Any) -> None:
    # No database is allowed here: touching it would fail the test.
    assert Client().get("/health").json()["module"] == "waddlebot"


@pytest.mark.django_db(transaction=True)
def test_when_all_is_well_every_check_says_so() -> None:
    worker.beat("worker@here")

    body = detailed().json()

    assert (body["status"], body["module"]) == ("ok", "waddlebot")
    assert set(body["checks"]) == {"database", "replica", "redis", "channels", "celery"}
    assert body["checks"]["database"]["latency_ms"] < 500
    assert body["checks"]["celery"]["workers"] == 1
    assert body["checks"]["celery"]["queue_depth"] == 0


@pytest.mark.django_db(transaction=True)
def test_without_a_worker_it_is_degraded() -> None:
    response = detailed()

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["checks"]["celery"]["status"] == "down"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_is_down")
def test_without_redis_it_is_degraded() -> None:
    body = detailed().json()

    assert body["status"] == "degraded"
    assert {name for name, check in body["checks"].items() if check["status"] == "down"} == {
        "redis",
        "channels",
        "celery",
    }


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> dict[str, Any]:
        raise OSError("secret-host refused")

    monkeypatch.setattr(health, "CHECKS", {**health.CHECKS, "database": fail})
    response = detailed()

    assert (response.status_code, response.json()["status"]) == (503, "down")
    assert b"secret-host" not in response.content


@pytest.mark.django_db(transaction=True)
def test_a_check_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang() -> dict[str, Any]:
        time.sleep(2)
        return {}

    monkeypatch.setattr(health, "CHECKS", {**health.CHECKS, "redis": hang})
    started = time.monotonic()

    assert detailed().json()["checks"]["redis"]["status"] == "down"
    assert time.monotonic() - started < 1.5


@pytest.mark.django_db(transaction=True)
def test_the_answer_is_kept_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    first = detailed().json()
    monkeypatch.setattr(health, "CHECKS", {})

    assert detailed().json() == first


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/detailed", "/router/health/detailed", "/metrics"])
def test_the_inside_is_not_shown_outside(path: str, settings: Settings) -> None:
    assert Client(REMOTE_ADDR="203.0.113.9").get(path).status_code == 403
    assert Client().get(path, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


@pytest.mark.django_db
def test_a_key_with_admin_sees_the_inside(alice: User) -> None:
    chief = make.user("chief", is_staff=True)
    outside = Client(REMOTE_ADDR="203.0.113.9")
    admin = Api(make.key(chief, scopes=["admin"]))
    other = Api(make.key(alice, scopes=["router:read"]))
    admin.client = other.client = outside

    assert admin.get("/metrics").status_code == 200
    assert other.get("/metrics").status_code == 403
