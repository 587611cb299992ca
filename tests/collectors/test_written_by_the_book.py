"""The collector of docs/write-a-collector.md, run as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.collectors.conftest import House
from tests.collectors.irc import Client
from tests.runtime.running import wait_until

pytestmark = pytest.mark.xdist_group("collectors")

PAGE = Path(__file__).parents[2] / "docs" / "write-a-collector.md"
(CODE,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)


def test_it_has_sixty_lines() -> None:
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 60


def test_it_answers_what_is_said_and_says_what_comes_later(house: House, irc_port: int) -> None:
    channel = house.claims("irc")
    place = {"IRC_HOST": "127.0.0.1", "IRC_PORT": str(irc_port), "NICK": "written"}
    process = subprocess.Popen(  # noqa: S603 - our own page
        [sys.executable, "-c", CODE], env=os.environ | house.settings | place
    )
    with process, Client(irc_port, "bob") as bob:
        bob.is_with("written", channel)
        bob.says(channel, "!hail")
        assert bob.hears(rf"^:written!\S+ PRIVMSG #{channel} :(.*)$")[1] == "Hail, bob!"

        house.queues(f"irc+{channel}", "later")
        assert bob.hears(rf"^:written!\S+ PRIVMSG #{channel} :(.*)$")[1] == "Hail, later!"
        wait_until(lambda: not house.waiting(f"irc+{channel}"), "the acknowledgement")
        process.kill()
