"""Twitch's collector on a real IRC server, with people in its channels."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.collectors.conftest import House
from tests.collectors.irc import Client
from tests.collectors.running import Collecting
from tests.runtime.running import wait_until

pytestmark = pytest.mark.xdist_group("collectors")


@pytest.fixture
def told(house: House, irc_port: int) -> dict[str, str]:
    address = f"irc://127.0.0.1:{irc_port}"
    return house.settings | {"TWITCH_IRC_URL": address, "TWITCH_BOT_LOGIN": "waddle"}


@pytest.fixture
def channel(house: House) -> Iterator[str]:
    name = house.claims("twitch")
    yield name
    house.leaves(f"twitch+{name}")


@pytest.fixture
def bob(irc_port: int) -> Iterator[Client]:
    with Client(irc_port, "bob") as client:
        yield client


@pytest.fixture
def collecting(channel: str, told: dict[str, str], tmp_path: Path) -> Iterator[Collecting]:
    with Collecting("twitch", tmp_path / "collect.log", **told) as running:
        yield running
        assert running.stop() == 0


def test_a_line_is_answered_in_its_channel(
    collecting: Collecting, bob: Client, channel: str
) -> None:
    bob.is_with("waddle", channel)
    bob.says(channel, "good morning")
    bob.says(channel, "!hail")

    assert bob.hears(rf"^:waddle!\S+ PRIVMSG #{channel} :(.*)$")[1] == "Hail, bob!"


def test_what_comes_later_is_said_once_and_acknowledged(
    collecting: Collecting, bob: Client, channel: str, house: House
) -> None:
    bob.is_with("waddle", channel)
    for text in ("later", "and again"):
        house.queues(f"twitch+{channel}", text)
        assert bob.hears(rf"^:waddle!\S+ PRIVMSG #{channel} :(.*)$")[1] == f"Hail, {text}!"

    wait_until(lambda: not house.waiting(f"twitch+{channel}"), "the acknowledgement")


def test_a_connection_that_is_cut_comes_back(
    collecting: Collecting, bob: Client, channel: str
) -> None:
    bob.is_with("waddle", channel)
    bob.types("OPER oper for-tests")
    bob.types("KILL waddle :go away")
    bob.hears(r"^:waddle!\S+ QUIT")
    bob.hears(rf"^:waddle!\S+ JOIN :#{channel}")
    bob.says(channel, "!hail")

    assert bob.hears(rf"^:waddle!\S+ PRIVMSG #{channel} :(.*)$")[1] == "Hail, bob!"


def test_a_bot_whose_name_is_taken_uses_another(
    irc_port: int, channel: str, told: dict[str, str], tmp_path: Path, bob: Client
) -> None:
    bob.types(f"JOIN #{channel}")
    with Client(irc_port, "waddle"), Collecting("twitch", tmp_path / "collect.log", **told):
        assert bob.hears(rf"^:(waddle\d+)!\S+ JOIN :#{channel}$")[1] != "waddle"


def test_a_text_cannot_speak_to_the_server(
    collecting: Collecting, bob: Client, channel: str, house: House
) -> None:
    bob.is_with("waddle", channel)
    house.queues(f"twitch+{channel}", "one\r\nQUIT :gone")

    assert bob.hears(rf"PRIVMSG #{channel} :(.*)$")[1] == "Hail, one QUIT :gone!"


def test_a_channel_that_bans_the_bot_is_left_to_others_with_the_reason(
    channel: str, house: House, told: dict[str, str], tmp_path: Path, bob: Client
) -> None:
    bob.types(f"JOIN #{channel}")
    bob.types(f"MODE #{channel} +b waddle!*@*")
    bob.hears("MODE #")
    with Collecting("twitch", tmp_path / "collect.log", **told) as collecting:
        collecting.says("A channel has refused us")
        wait_until(lambda: house.statistics("twitch")["claimed"] == 0, "the release")

        assert house.statistics("twitch")["errors"] == 1
        assert collecting.log.read_text().count("refused us") == 1


def test_two_share_four_channels_and_one_takes_over_when_its_twin_is_killed(
    irc_port: int, house: House, told: dict[str, str], tmp_path: Path, bob: Client
) -> None:
    channels = [house.claims("twitch") for _ in range(4)]
    with ExitStack() as stack:
        for name in channels:
            stack.callback(house.leaves, f"twitch+{name}")
        first, second = (
            stack.enter_context(
                Collecting("twitch", tmp_path / name, **told | {"TWITCH_BOT_LOGIN": name})
            )
            for name in ("one", "two")
        )
        for running in (first, second):
            running.says("Listening to 2 places")

        first.kill()

        second.says("Listening to 4 places")
        bob.is_with("two", *channels)
        for name in channels:
            bob.says(name, "!hail")
            assert bob.hears(rf"^:two!\S+ PRIVMSG #{name} :(.*)$")[1] == "Hail, bob!"
        assert second.stop() == 0
        assert house.statistics("twitch")["claimed"] == 0
