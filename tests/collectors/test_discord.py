"""Discord's collector at a small Discord."""

from collections.abc import Iterator
from pathlib import Path
from random import randrange

import pytest

from tests.collectors.conftest import House
from tests.collectors.discord import DiscordServer
from tests.collectors.running import Collecting
from tests.runtime.running import PATIENCE_S, wait_until

pytestmark = pytest.mark.xdist_group("collectors")


@pytest.fixture
def discord(house: House) -> Iterator[DiscordServer]:
    """Give a server whose channel the rookery has claimed."""
    server, channel = (str(randrange(10**15, 10**16)) for _ in range(2))  # noqa: S311
    house.claims("discord", server, channel)
    with DiscordServer(server, channel) as running:
        yield running
    house.leaves(f"discord+{server}+{channel}")


@pytest.fixture
def collecting(house: House, discord: DiscordServer, tmp_path: Path) -> Iterator[Collecting]:
    told = house.settings | discord.settings
    with Collecting("discord", tmp_path / "collect.log", **told) as running:
        discord.next("connected")
        running.says("Listening to 1 places")
        yield running


def test_a_message_is_answered_as_a_reply_that_calls_nobody_else(
    collecting: Collecting, discord: DiscordServer
) -> None:
    discord.writes("!hail")
    answer = discord.next(f"POST /channels/{discord.channel}/messages")

    assert answer["content"] == "Hail, alice!"
    assert answer["allowed_mentions"]["parse"] == ["users"]


def test_a_slash_command_is_answered_where_discord_waits(
    collecting: Collecting, discord: DiscordServer
) -> None:
    discord.slashes("hail", "everybody")

    assert (
        discord.next(f"POST /interactions/{discord.interaction}/interaction-token/callback")[
            "type"
        ]
        == 5
    )
    answer = discord.next("POST /webhooks/1/interaction-token")
    assert answer["content"] == "Hail, alice!"


def test_nobody_is_left_waiting_for_a_slash_command_that_has_no_answer(
    collecting: Collecting, discord: DiscordServer
) -> None:
    discord.slashes("nonsense")

    discord.next("DELETE /webhooks/1/interaction-token/messages/@original")


def test_what_comes_later_is_said_in_the_channel(
    collecting: Collecting, discord: DiscordServer, house: House
) -> None:
    entity = f"discord+{discord.server}+{discord.channel}"
    house.queues(entity, "later")

    answer = discord.next(f"POST /channels/{discord.channel}/messages")
    assert answer["content"] == "Hail, later!"
    wait_until(lambda: not house.waiting(entity), "the acknowledgement")


def test_a_connection_that_is_cut_comes_back(
    collecting: Collecting, discord: DiscordServer
) -> None:
    discord.cuts(4000)
    discord.next("connected")
    discord.writes("!hail")

    answer = discord.next(f"POST /channels/{discord.channel}/messages")
    assert answer["content"] == "Hail, alice!"


def test_a_server_that_throws_the_bot_out_is_left_to_others(
    collecting: Collecting, discord: DiscordServer, house: House
) -> None:
    discord.removes_the_bot()

    wait_until(lambda: house.statistics("discord")["claimed"] == 0, "the release")
    assert house.statistics("discord")["errors"] == 1


def test_a_token_that_is_refused_ends_it_with_one_line(
    house: House, discord: DiscordServer, tmp_path: Path
) -> None:
    discord.token = "another"
    told = house.settings | discord.settings
    with Collecting("discord", tmp_path / "collect.log", **told) as running:
        assert running.process.wait(PATIENCE_S) == 1

        last = running.log.read_text().splitlines()[-1]
    assert last.startswith("waddlebot: Discord refuses DISCORD_BOT_TOKEN")
