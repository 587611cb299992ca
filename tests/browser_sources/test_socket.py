import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import redis
from django.utils import timezone

from browser_sources import api as overlays
from browser_sources.consumers import hub_here
from browser_sources.consumers.page import BUFFER, Page
from browser_sources.data import Pass
from browser_sources.models import BrowserSource, OverlayItem
from browser_sources.operations import advance, delete_source, rotate_source
from browser_sources.operations import announce as announcing
from identity.models import Community
from tests.browser_sources.conftest import Connect
from tests.browser_sources.wire import Socket
from waddlebot.lib.in_database import in_database

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "http://127.0.0.1:8027"
STRANGER = f"{ORIGIN}/browser/source/{'x' * 43}/ticker"


async def show(rookery: Community, text: str = "hello", **rest: Any) -> None:
    action = {"type": "ticker", "text": text, **rest}
    await in_database(overlays.show, community_id=rookery.pk, action=action, now=timezone.now())


async def change(
    operation: Callable[..., Any], rookery: Community, kind: str = "ticker", **rest: Any
) -> Any:
    row = await in_database(BrowserSource.objects.get, community=rookery, type=kind)
    return await in_database(
        operation,
        community_id=rookery.pk,
        source_id=row.pk,
        actor="user:1",
        now=timezone.now(),
        **rest,
    )


async def test_a_page_hears_first_how_things_stand(urls: dict[str, str], connect: Connect) -> None:
    socket = await connect(urls["ticker"])

    snapshot = await socket.hear()

    assert snapshot["type"] == "snapshot"
    assert snapshot["current"] is None
    assert snapshot["queue"] == {"length": 0, "paused": False}
    assert datetime.fromisoformat(snapshot["now"]) <= timezone.now()


async def test_a_message_is_shown_and_hidden(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    socket = await connect(urls["ticker"])
    before = await socket.hear()

    await show(rookery, "hello", duration_s=1, style="info")
    told, after = await socket.hear(), await socket.hear()

    assert told["type"] == "show"
    assert told["seq"] == before["seq"] + 1
    assert told["item"]["text"] == "hello"
    assert told["item"]["test"] is False
    assert after == {"type": "hide", "seq": told["seq"] + 1, "id": told["item"]["id"]}


async def test_what_came_before_the_page_waits_for_it(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    await show(rookery, "early")
    await show(rookery, "later")

    socket = await connect(urls["ticker"])
    snapshot, told = await socket.hear(), await socket.hear()

    assert snapshot["queue"]["length"] == 2
    assert told["item"]["text"] == "early"


async def test_a_second_page_sees_the_same_with_its_true_start(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    first = await connect(urls["ticker"])
    await first.hear()
    await show(rookery)
    told = await first.hear()

    second = await connect(urls["ticker"])

    assert (await second.hear())["current"] == told["item"]
    assert await second.hears_nothing()


async def test_each_source_hears_its_own(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    media = await connect(urls["media"])
    await media.hear()

    await show(rookery)

    assert await media.hears_nothing()
    assert await in_database(OverlayItem.objects.filter(state="waiting").count) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"type": "hello"},
        {"type": "hello", "last_seq": 3, "obs": {"visible": True, "active": False}},
        {"type": "ack", "id": "0192"},
        {"type": "obs", "streaming": True},
        {"type": "form_submit", "id": "0192", "data": {"name": "bob"}},
    ],
)
async def test_what_a_page_may_say_is_heard(
    urls: dict[str, str], connect: Connect, message: dict[str, Any]
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    await socket.say(message)
    await socket.say({"type": "ping"})

    assert await socket.hear() == {"type": "pong"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[]",
        "{}",
        "[" * 10_000,
        b'{"type": "ping"}',
        {"type": "show", "seq": 1},
        {"type": "hello", "last_seq": "three"},
        {"type": "ack"},
        {"type": "form_submit", "id": "0192", "data": "x"},
        {"type": "ack", "id": "x" * 65_536},
        {"type": "ack", "id": "é" * 40_000},
    ],
    ids=lambda message: str(message)[:30],
)
async def test_anything_else_ends_the_connection(
    urls: dict[str, str], connect: Connect, message: Any
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    await socket.say(message)

    assert await socket.hear() == {"code": 4400}


@pytest.mark.parametrize(
    "url", [STRANGER, f"{ORIGIN}/browser/source//ticker", f"{ORIGIN}/nowhere"]
)
async def test_an_unknown_token_is_told_so(connect: Connect, url: str) -> None:
    socket = await connect(url)

    assert await socket.hear() == {"code": 4404}


async def test_a_token_opens_its_own_type_only(urls: dict[str, str], connect: Connect) -> None:
    socket = await connect(urls["ticker"].replace("/ticker", "/media"))

    assert await socket.hear() == {"code": 4404}


async def test_guessing_is_slowed_but_a_good_token_always_works(
    urls: dict[str, str], connect: Connect
) -> None:
    codes = [(await (await connect(STRANGER)).hear())["code"] for _ in range(21)]

    socket = await connect(urls["ticker"])

    assert codes == [4404] * 20 + [4429]
    assert (await socket.hear())["type"] == "snapshot"


@pytest.mark.parametrize(
    "origin", [None, "https://127.0.0.1:8027", "http://127.0.0.1:8000", "http://evil.example"]
)
async def test_another_origin_is_refused(urls: dict[str, str], origin: str | None) -> None:
    path = urls["ticker"].removeprefix(ORIGIN).replace("/source/", "/ws/")

    assert not await Socket(path, origin=origin).open()


async def test_a_token_has_at_most_ten_sockets(urls: dict[str, str], connect: Connect) -> None:
    sockets = [await connect(urls["ticker"]) for _ in range(10)]
    eleventh = await connect(urls["ticker"])
    assert await eleventh.hear() == {"code": 4429}

    await sockets[0].leave()
    again = await connect(urls["ticker"])

    assert (await again.hear())["type"] == "snapshot"


async def test_revoking_closes_its_sockets_within_a_second(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    await change(delete_source, rookery)

    assert await socket.hear(patience_s=1) == {"code": 4404}


async def test_revoking_works_while_redis_is_silent(
    urls: dict[str, str],
    connect: Connect,
    rookery: Community,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    monkeypatch.setattr(announcing, "client", _broken)
    await change(delete_source, rookery)

    assert await socket.hear(patience_s=1) == {"code": 4404}


async def test_a_rotated_token_lives_through_its_grace(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    renewed = await change(rotate_source, rookery, grace_s=300)
    await show(rookery)

    assert (await socket.hear())["type"] == "show"
    assert (await (await connect(urls["ticker"])).hear())["type"] == "snapshot"
    assert (await (await connect(renewed.url)).hear())["type"] == "snapshot"


async def test_a_rotated_token_without_grace_is_closed_and_stays_closed(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    await change(rotate_source, rookery, grace_s=0)

    assert await socket.hear(patience_s=1) == {"code": 4401}
    assert await (await connect(urls["ticker"])).hear() == {"code": 4401}


async def test_a_grace_that_ends_closes_the_socket(
    urls: dict[str, str], connect: Connect, rookery: Community
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    await change(rotate_source, rookery, grace_s=1)

    assert await socket.hear(patience_s=2.2) == {"code": 4401}


async def test_what_is_queued_while_redis_is_silent_is_shown_all_the_same(
    urls: dict[str, str],
    connect: Connect,
    rookery: Community,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    monkeypatch.setattr(announcing, "client", _broken)
    await show(rookery, "lost")
    told = await socket.hear()

    assert told["type"] == "show"
    assert told["item"]["text"] == "lost"


async def test_what_another_server_said_while_redis_was_silent_is_caught_up(
    urls: dict[str, str],
    connect: Connect,
    rookery: Community,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()
    source = await in_database(BrowserSource.objects.get, type="ticker")

    monkeypatch.setattr(announcing, "client", _broken)
    await show(rookery, "elsewhere")
    await in_database(advance, source_ids=[source.pk], now=timezone.now())
    told = await socket.hear()

    assert told["type"] == "snapshot"
    assert told["current"]["text"] == "elsewhere"


async def test_a_page_that_reads_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    hung_up = asyncio.Event()
    monkeypatch.setattr("browser_sources.consumers.page.PATIENCE_S", 0.05)
    page = Page(Pass(1, "ticker"), b"", send=_never, abort=hung_up.set)
    page.begin(0, "{}")
    await asyncio.sleep(0)

    for seq in range(BUFFER + 2):
        page.tell(seq + 1, "{}")

    assert page.is_closing
    await asyncio.wait_for(hung_up.wait(), 1)


async def test_use_is_noted(urls: dict[str, str], connect: Connect, rookery: Community) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    used = BrowserSource.objects.exclude(last_used_at=None).values_list("type", flat=True)
    for _ in range(40):
        if await in_database(used.exists):
            break
        await asyncio.sleep(0.05)

    assert await in_database(list, used) == ["ticker"]


async def test_nothing_is_left_when_the_page_has_gone(
    urls: dict[str, str], connect: Connect
) -> None:
    socket = await connect(urls["ticker"])
    await socket.hear()

    await socket.leave()

    assert not hub_here().source_ids


async def _never(message: dict[str, Any]) -> None:
    await asyncio.Event().wait()


def _broken() -> Any:
    raise redis.ConnectionError
