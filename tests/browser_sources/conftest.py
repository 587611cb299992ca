from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connections
from django.utils import timezone

from browser_sources import api as overlays
from browser_sources.consumers import hub_here
from identity.models import Community
from tests.browser_sources.wire import Socket
from waddlebot.lib.in_database import in_database

Connect = Callable[..., Awaitable[Socket]]


@pytest.fixture
def urls(rookery: Community) -> dict[str, str]:
    return overlays.ensure_sources(community_id=rookery.pk, now=timezone.now())


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Return what opens the socket of a page's URL, in this process."""
    opened: list[Socket] = []

    async def open_socket(url: str) -> Socket:
        path = url.removeprefix(settings.OVERLAY_URL).replace("/source/", "/ws/")
        socket = Socket(path, origin=settings.OVERLAY_URL)
        assert await socket.open()
        opened.append(socket)
        return socket

    yield open_socket
    for socket in opened:
        await socket.leave()
    await hub_here().stop()
    layer: Any = get_channel_layer()
    await layer.flush()
    # Its thread outlives the test, and would keep the test's database from being dropped.
    await in_database(connections.close_all)
