from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from browser_sources.models import BrowserSource
from browser_sources.operations import rotate_source
from browser_sources.views.pages import STATIC
from identity.models import Community
from waddlebot.asgi import application
from waddlebot.lib.in_database import in_database

pytestmark = pytest.mark.django_db(transaction=True)

STRANGER = "http://127.0.0.1:8027/browser/source/unknown/ticker"


@pytest.fixture
async def obs() -> AsyncIterator[httpx.AsyncClient]:
    app: Any = application
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
        yield client
    await in_database(connections.close_all)


async def test_the_page_keeps_its_secret(urls: dict[str, str], obs: httpx.AsyncClient) -> None:
    answer = await obs.get(urls["ticker"])

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


async def test_nothing_but_its_own_script_may_run(
    urls: dict[str, str], obs: httpx.AsyncClient
) -> None:
    first, second = await obs.get(urls["ticker"]), await obs.get(urls["ticker"])

    policy = first.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert first.text.count(f'nonce="{nonce}"') == 2
    assert nonce not in second.text


@pytest.mark.parametrize("kind", ["ticker", "media", "general"])
async def test_each_type_has_its_page(
    urls: dict[str, str], obs: httpx.AsyncClient, kind: str
) -> None:
    answer = await obs.get(urls[kind])

    assert f'data-kind="{kind}"' in answer.text


@pytest.mark.parametrize(
    "path", ["unknown/ticker", "unknown/banner", "%00/%00", "%ff/ticker", "x"]
)
async def test_an_unknown_page_is_not_found(obs: httpx.AsyncClient, path: str) -> None:
    answer = await obs.get(f"http://127.0.0.1:8027/browser/source/{path}")

    assert answer.status_code == 404
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_guessing_is_slowed_but_a_good_url_always_works(
    urls: dict[str, str], obs: httpx.AsyncClient
) -> None:
    answers = [await obs.get(STRANGER) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [404] * 20 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert (await obs.get(urls["ticker"])).status_code == 200


async def test_a_rotated_url_works_for_its_grace_only(
    urls: dict[str, str], obs: httpx.AsyncClient, rookery: Community
) -> None:
    source = await in_database(BrowserSource.objects.get, type="ticker")
    names: dict[str, Any] = {"community_id": rookery.pk, "source_id": source.pk, "actor": "user:1"}

    await in_database(rotate_source, **names, grace_s=300, now=timezone.now())
    assert (await obs.get(urls["ticker"])).status_code == 200

    then = timezone.now() - timedelta(seconds=301)
    await in_database(BrowserSource.objects.update, previous_valid_until=then)
    assert (await obs.get(urls["ticker"])).status_code == 404


async def test_the_overlay_origin_serves_nothing_else(obs: httpx.AsyncClient) -> None:
    paths = ["/", "/admin/", "/portal/", "/browser/v1/communities/rookery/sources", "/schema"]

    answers = [await obs.get(f"http://127.0.0.1:8027{path}") for path in paths]

    assert {answer.status_code for answer in answers} == {404}
    assert (await obs.get("http://127.0.0.1:8027/health")).json()["status"] == "ok"


async def test_a_page_is_only_read(urls: dict[str, str], obs: httpx.AsyncClient) -> None:
    assert (await obs.head(urls["ticker"])).status_code == 200
    assert (await obs.post(urls["ticker"])).status_code == 405


def test_the_portals_origin_has_no_overlay(urls: dict[str, str], client: Client) -> None:
    path = urls["ticker"].removeprefix("http://127.0.0.1:8027")

    assert client.get(path).status_code == 404


def test_the_script_is_small() -> None:
    assert (STATIC / "overlay.js").stat().st_size < 15_000
    assert "innerHTML" not in (STATIC / "overlay.js").read_text()
