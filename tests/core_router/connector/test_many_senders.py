"""Several who send at once, and those who are killed while they do."""

import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from os import environ
from pathlib import Path

import pytest
from django.utils import timezone

from core_router.models import OutgoingAction, OutgoingLane
from core_router.operations.outgoing_lanes import claim_lane, end_lane, wakes_of
from core_router.pipeline.connector import KEEP
from core_router.pipeline.senders import ALL, send
from identity.models import Community
from tests import make
from tests.core_router.connector.conftest import send_all
from tests.core_router.connector.test_sending import give
from tests.identity.parallel import at_once
from tests.identity.processes import database_url
from tests.platforms.servers import TwitchServer

pytestmark = pytest.mark.django_db(transaction=True)

SENDER = Path(__file__).with_name("sender.py")
PLACES = ("alice", "bob", "waddlebot")


@pytest.fixture
def places(rookery: Community, rooked: TwitchServer) -> TwitchServer:
    for place in PLACES:
        make.entity(rookery, server_id=place)
    return rooked


def talk(rookery: Community, lines: int) -> None:
    for number in range(lines):
        for place in PLACES:
            give(rookery, {"type": "chat", "text": str(number)}, entity=f"twitch+{place}")


def said_in(server: TwitchServer) -> list[list[str]]:
    numbers = {name: id_ for id_, name in server.users.items()}
    lines = server.chats.lines
    return [[line.text for line in lines if line.channel == numbers[place]] for place in PLACES]


def test_each_line_is_said_once_and_in_its_order(rookery: Community, places: TwitchServer) -> None:
    talk(rookery, 20)

    at_once(*[lambda: send(clock=timezone.now)] * 4)

    assert said_in(places) == [[str(number) for number in range(20)]] * 3
    assert not OutgoingLane.objects.exists()


def test_what_is_added_while_others_send_is_sent(rookery: Community, places: TwitchServer) -> None:
    def add() -> None:
        for _ in range(15):
            talk(rookery, 1)

    at_once(add, *[lambda: send(clock=timezone.now)] * 3)
    send(clock=timezone.now)

    assert [len(lines) for lines in said_in(places)] == [15] * 3
    assert not OutgoingAction.objects.filter(state="waiting").exists()


def test_a_lane_does_not_end_while_something_is_added(
    rookery: Community, places: TwitchServer
) -> None:
    give(rookery, {"type": "chat", "text": "one"}, entity="twitch+alice")
    lane = claim_lane(ranks=ALL, now=timezone.now())
    assert lane is not None
    seen = wakes_of(lane) or 0
    give(rookery, {"type": "chat", "text": "two"}, entity="twitch+alice")

    assert not end_lane(lane, wakes=seen)
    assert end_lane(lane, wakes=wakes_of(lane) or 0)


def test_nothing_is_lost_when_those_who_send_are_killed(
    rookery: Community, places: TwitchServer
) -> None:
    talk(rookery, 30)
    around = {**environ, **places.environment, "TWITCH_CHAT_RATE": "7500"}
    around |= {"DATABASE_URL": database_url(), "PYTHONPATH": str(Path.cwd())}

    for kill in range(4):
        ahead = kill * (KEEP.total_seconds() + 1)
        sender = [sys.executable, str(SENDER), str(ahead)]
        so_far = len(places.chats.lines)
        process = subprocess.Popen(sender, env=around)  # noqa: S603 - our own program
        end = time.monotonic() + 60
        while len(places.chats.lines) < so_far + 10:
            assert time.monotonic() < end
            time.sleep(0.002)
        process.kill()
        process.wait()
    send_all(ahead=timedelta(minutes=5))

    said = [Counter(lines) for lines in said_in(places)]
    assert [sorted(lines, key=int) for lines in said] == [[str(n) for n in range(30)]] * 3
    # At most the one line that was on its way when its sender died.
    assert sum(sum(lines.values()) for lines in said) <= 3 * 30 + 4 * 3
