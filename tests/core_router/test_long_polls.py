"""Collectors wait for actions on the overlay origin, and are woken."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from core_router.consumers import bells
from core_router.consumers.bells import MOST_AN_ENTITY, bells_here, in_polls
from core_router.models import OutgoingAction
from core_router.operations import outgoing
from core_router.operations.nudge import actions_channel
from identity import api as identity
from identity.models import ApiKey, Community, User
from tests import make
from tests.browser_sources.server import OverlayServer
from tests.runtime.running import wait_until
from waddlebot.asgi import application
from waddlebot.lib.redis import call

pytestmark = pytest.mark.django_db(transaction=True)

ENTITY = "twitch+rookery"
ACTIONS = f"/router/v1/entities/{ENTITY}/actions"
WAITING = f"{ACTIONS}?wait=30"


@pytest.fixture
def key(alice: User, rookery: Community) -> str:
    make.entity(rookery)
    return make.key(alice, scopes=["coordination:write"], place=rookery)


@pytest.fixture
async def collector(key: str) -> AsyncIterator[httpx.AsyncClient]:
    # The server's own wiring, in this process.
    app: Any = application.application_mapping["http"]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1:8027",
        headers={"Authorization": f"Bearer {key}"},
    ) as client:
        yield client
    await bells_here().stop()
    # Its thread outlives the test, and would keep the test's database from being dropped.
    await in_polls(connections.close_all)


def queue(place: Community, *texts: str, entity: str = ENTITY) -> None:
    outgoing.queue_actions(
        community_id=place.pk,
        entity=entity,
        execution_id=uuid4(),
        actions=[{"type": "chat", "text": text} for text in texts],
        now=timezone.now(),
    )


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - what it looks at belongs to the product
            await asyncio.sleep(0.01)


async def waits(count: int = 1) -> None:
    """Return when so many collectors wait."""
    await until(lambda: bells_here().count == count)


def texts_of(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [action["text"] for action in response.json()["results"]]


async def test_whoever_waits_is_woken(
    collector: httpx.AsyncClient, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bells, "LOOK_EVERY_S", 3600)
    polls = [asyncio.ensure_future(collector.get(WAITING)) for _ in range(2)]
    await waits(2)
    await until(lambda: bells_here().hears)

    await in_polls(queue, rookery, "elsewhere", entity="twitch+elsewhere")
    await in_polls(queue, rookery, "one", "two")

    assert [texts_of(await poll) for poll in polls] == [["one", "two"]] * 2
    await waits(0)


async def test_what_is_there_is_told_at_once_and_acknowledged(
    collector: httpx.AsyncClient, rookery: Community
) -> None:
    await in_polls(queue, rookery, "one", "two")

    told = await collector.get(WAITING)
    ids = [action["id"] for action in told.json()["results"]]
    done = await collector.post(f"{ACTIONS}/ack", json={"ids": ids})

    assert texts_of(told) == ["one", "two"]
    assert done.json() == {"acknowledged": 2}
    assert texts_of(await collector.get(ACTIONS)) == []
    assert done.headers["RateLimit-Policy"].startswith('"key"')
    assert told.headers["Cache-Control"] == "no-store"


async def test_without_redis_they_are_found_all_the_same(
    collector: httpx.AsyncClient,
    rookery: Community,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(outgoing, "wake_collectors", lambda _: None)
    poll = asyncio.ensure_future(collector.get(WAITING))
    await waits()

    await in_polls(queue, rookery, "one")

    assert texts_of(await poll) == ["one"]


async def test_when_nothing_comes_the_answer_is_empty(collector: httpx.AsyncClient) -> None:
    assert texts_of(await collector.get(f"{ACTIONS}?wait=1")) == []


async def test_a_key_that_is_revoked_while_it_waits_gets_nothing(
    collector: httpx.AsyncClient, rookery: Community
) -> None:
    poll = asyncio.ensure_future(collector.get(WAITING))
    await waits()

    def revoke() -> None:
        identity.revoke_key(pk=ApiKey.objects.get().pk)
        queue(rookery, "secret")

    await in_polls(revoke)

    assert (await poll).status_code == 401


async def test_fifty_who_wait_hold_no_thread(
    collector: httpx.AsyncClient, rookery: Community
) -> None:
    names = [f"twitch+c{number}" for number in range(50)]
    await in_polls(lambda: [make.entity(rookery, server_id=name[7:]) for name in names])
    before = threading.active_count()

    polls = [
        asyncio.ensure_future(collector.get(f"/router/v1/entities/{name}/actions?wait=30"))
        for name in names
    ]
    await waits(50)
    threads = threading.active_count() - before
    for name in names:
        await in_polls(queue, rookery, "hi", entity=name)

    assert threads <= 2
    assert [texts_of(await poll) for poll in polls] == [["hi"]] * 50


async def test_whoever_hangs_up_waits_no_more(collector: httpx.AsyncClient) -> None:
    poll = asyncio.ensure_future(collector.get(WAITING))
    await waits()

    poll.cancel()

    await waits(0)


async def test_so_many_wait_for_one_entity(collector: httpx.AsyncClient) -> None:
    polls = [asyncio.ensure_future(collector.get(WAITING)) for _ in range(MOST_AN_ENTITY)]
    await waits(MOST_AN_ENTITY)

    refused = await collector.get(WAITING)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    for poll in polls:
        poll.cancel()
    await waits(0)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", ACTIONS, {"headers": {"Authorization": ""}}, 401),
        ("GET", ACTIONS, {"headers": {"Authorization": "Bearer wb_nonsense"}}, 401),
        ("GET", ACTIONS, {"headers": {"Host": "elsewhere.example"}}, 400),
        ("GET", f"{ACTIONS}?wait=31", {}, 400),
        ("GET", f"{ACTIONS}?limit=%00", {}, 400),
        ("GET", "/router/v1/entities/twitch+nowhere/actions", {}, 404),
        ("GET", "/router/v1/entities/%ff%00/actions", {}, 400),
        ("PUT", ACTIONS, {}, 405),
        ("GET", f"{ACTIONS}/ack", {}, 405),
        ("POST", f"{ACTIONS}/ack", {"json": {"ids": []}}, 400),
        ("POST", f"{ACTIONS}/ack", {"json": {"ids": [2**63]}}, 400),
        ("POST", f"{ACTIONS}/ack", {"content": b"{"}, 415),
        ("POST", f"{ACTIONS}/ack", {"json": {"ids": ["x" * 70_000]}}, 413),
    ],
)
async def test_what_makes_no_sense_is_refused_as_on_the_other_origin(
    method: str, path: str, sent: dict[str, Any], status: int, collector: httpx.AsyncClient
) -> None:
    said = await collector.request(method, path, **sent)

    assert (said.status_code, said.json()["status"]) == (status, status)
    assert said.headers["Content-Type"] == "application/problem+json"
    assert said.headers["X-Request-Id"]


async def test_a_key_without_the_scope_may_not(
    collector: httpx.AsyncClient, alice: User, rookery: Community
) -> None:
    key = await in_polls(make.key, alice, scopes=["events:write"], place=rookery)

    said = await collector.get(ACTIONS, headers={"Authorization": f"Bearer {key}"})

    assert said.status_code == 403


def test_the_server_itself_answers_them(key: str, rookery: Community, tmp_path: Path) -> None:
    server = OverlayServer(tmp_path / "overlay.log")
    server.start()
    queue(rookery, "one")

    told = httpx.get(server.url + WAITING, headers={"X-API-Key": key}, timeout=30)
    server.stop()

    assert texts_of(told) == ["one"]
    assert OutgoingAction.objects.count() == 1


class Impatient(OverlayServer):
    command = (*OverlayServer.command, "--timeout-graceful-shutdown", "2")


def test_a_server_that_stops_answers_those_who_wait(key: str, tmp_path: Path) -> None:
    server = Impatient(tmp_path / "overlay.log")
    server.start()
    with ThreadPoolExecutor(1) as thread:
        headers = {"X-API-Key": key}
        poll = thread.submit(httpx.get, server.url + WAITING, headers=headers, timeout=60)
        # It listens once somebody waits.
        listening = ["PUBSUB", "NUMSUB", actions_channel()]
        wait_until(lambda: call(*listening)[1] > 0, "a poll")
        server.stop()

        assert texts_of(poll.result()) == []
