"""The collector of docs/collectors.md, two of it, run as it stands there."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from uuid import uuid4

import pytest
from django.utils import timezone

from core_router import models as rows
from core_router.models import OutgoingAction
from core_router.operations.outgoing import queue_actions
from identity.models import Community, User
from tests import make
from tests.browser_sources.server import OverlayServer, PortalServer

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = Path(__file__).parents[2] / "docs" / "collectors.md"
(CODE,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
CHANNELS = [f"twitch+{name}" for name in "abcd"]
PATIENCE_S = 60


class Collector:
    """One process, and what it says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: Queue[str] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.put(line.rstrip("\n"))

    def hears(self, count: int) -> set[str]:
        return {self.said.get(timeout=PATIENCE_S) for _ in range(count)}

    def types(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@contextmanager
def running(name: str, around: dict[str, str]) -> Iterator[Collector]:
    process = subprocess.Popen(  # noqa: S603 - our own page
        [sys.executable, "-c", CODE],
        env=os.environ | around | {"NAME": name},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Collector(process)
        process.kill()


@pytest.fixture
def around(
    tmp_path: Path, alice: User, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("COLLECTOR_LEASE_S", "10")
    web, overlay = PortalServer(tmp_path / "web.log"), OverlayServer(tmp_path / "overlay.log")
    web.start()
    overlay.start()
    key = make.key(alice, place=rookery, scopes=["events:write", "coordination:write"])
    yield {"WADDLEBOT": web.url, "OVERLAY": overlay.url, "KEY": key}
    overlay.stop()
    web.stop()


def queue(place: Community, entity: str, text: str) -> None:
    queue_actions(
        community_id=place.pk,
        entity=entity,
        execution_id=uuid4(),
        actions=[{"type": "chat", "text": text}],
        now=timezone.now(),
    )


def test_two_share_four_channels_and_one_takes_over_when_the_other_is_killed(
    around: dict[str, str], rookery: Community
) -> None:
    for name in "abcd":
        make.entity(rookery, server_id=name)
    with running("one", around) as one:
        assert one.hears(4) == {f"join {name}" for name in CHANNELS}
        with running("two", around) as two:
            left = {said.split()[1] for said in one.hears(2)}
            assert two.hears(2) == {f"join {name}" for name in left}

            one.process.kill()

            kept = set(CHANNELS) - left
            assert two.hears(2) == {f"join {name}" for name in kept}


def test_it_sends_what_is_said_and_does_what_it_is_told(
    around: dict[str, str], rookery: Community
) -> None:
    entity = make.entity(rookery).key
    make.command(rookery, "hail")
    with running("one", around) as one:
        assert one.hears(1) == {f"join {entity}"}
        one.types(f"{entity} bob !hail")
        assert one.hears(1) == {f"{entity} chat This is hail."}

        for text in ("later", "again"):
            queue(rookery, entity, text)
            assert one.hears(1) == {f"{entity} chat {text}"}

        assert one.process.stdin
        one.process.stdin.close()
        assert one.process.wait(PATIENCE_S) == 0
    # It went home in order, and the second action came after the first was acknowledged.
    assert not rows.Collector.objects.exists()
    assert OutgoingAction.objects.count() <= 1
