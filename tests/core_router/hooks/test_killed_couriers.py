"""Whoever delivers may be killed at any moment: nothing is lost, nor comes by another id."""

import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from core_router.models import EventDelivery
from core_router.operations.lanes import LEASE
from identity.models import Community, User
from tests import make
from tests.client import Api
from tests.core_router.conftest import line
from tests.core_router.engines.server import ModuleServer
from tests.core_router.hooks.conftest import Told
from tests.identity.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)

COURIER = Path(__file__).with_name("courier.py")
PLACES = ("rookery", "nest")
EACH = 60


def courier(ahead_s: float) -> "subprocess.Popen[bytes]":
    around = {
        "DATABASE_URL": database_url(),
        "ENGINE_ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "waddlebot.settings",
        "PYTHONPATH": str(Path.cwd()),
    }
    command = [sys.executable, str(COURIER), str(ahead_s)]
    return subprocess.Popen(command, env=os.environ | around)  # noqa: S603 - our own program


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_nothing_is_lost_and_nothing_bears_another_id(
    told: Told, module: ModuleServer, alice: User, rookery: Community
) -> None:
    told()
    for place in PLACES:
        make.entity(rookery, server_id=place)
    api = Api(make.key(alice, place=rookery))
    for place in PLACES:
        events = [
            line(message_type="follow", server_id=place, event_id=f"{place}/{number}")
            for number in range(EACH)
        ]
        assert api.post("/router/v1/events/batch", {"events": events}).status_code == 200

    for kill in range(5):
        process, so_far = courier(kill * (LEASE.total_seconds() + 1)), len(module.asked)
        more = so_far + random.randint(2, 15)  # noqa: S311
        until(lambda more=more: len(module.asked) >= more)  # type: ignore[misc]
        process.kill()
        process.wait()
    process = courier(6 * (LEASE.total_seconds() + 1))
    until(lambda: not EventDelivery.objects.filter(state="queued").exists())
    process.kill()
    process.wait()

    ids: dict[str, set[str]] = defaultdict(set)
    order: dict[str, list[str]] = defaultdict(list)
    for asked in module.asked:
        event = asked.json()["event"]
        ids[event["event_id"]].add(asked.headers["webhook-id"])
        if event["event_id"] not in order[event["server_id"]]:
            order[event["server_id"]].append(event["event_id"])
    assert {len(each) for each in ids.values()} == {1}
    assert order == {p: [f"{p}/{number}" for number in range(EACH)] for p in PLACES}
