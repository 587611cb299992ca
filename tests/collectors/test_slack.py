"""Slack's collector at a small Slack."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.collectors.conftest import House
from tests.collectors.running import Collecting
from tests.collectors.slack import SlackServer
from tests.runtime.running import PATIENCE_S, wait_until
from waddlebot.collectors.slack.events import event_of, plain

pytestmark = pytest.mark.xdist_group("collectors")


@pytest.fixture
def slack(house: House) -> Iterator[SlackServer]:
    """Give a workspace whose channel the rookery has claimed."""
    team, channel = (letter + uuid4().hex[:9].upper() for letter in "TC")
    house.claims("slack", team, channel)
    with SlackServer(team, channel) as running:
        yield running
    house.leaves(f"slack+{team}+{channel}")


@pytest.fixture
def collecting(house: House, slack: SlackServer, tmp_path: Path) -> Iterator[Collecting]:
    with Collecting("slack", tmp_path / "collect.log", **house.settings, **slack.settings) as one:
        slack.next("connected")
        one.says("Listening to 1 places")
        yield one


def test_a_message_is_acknowledged_and_answered(
    collecting: Collecting, slack: SlackServer
) -> None:
    slack.writes("!hail")

    slack.next("acknowledged")
    said = slack.next("chat.postMessage")
    assert (said["channel"], said["text"]) == (slack.channel, "Hail, Al!")


def test_an_answer_stays_in_its_thread(collecting: Collecting, slack: SlackServer) -> None:
    slack.writes("!hail", thread_ts="1700000000.000001")

    assert slack.next("chat.postMessage")["thread_ts"] == "1700000000.000001"


def test_what_slack_sends_again_is_answered_once(
    collecting: Collecting, slack: SlackServer
) -> None:
    slack.writes("!hail")
    slack._number -= 1
    slack.writes("!hail")
    slack.writes("!hail", thread_ts="1.5")

    assert "thread_ts" not in slack.next("chat.postMessage")
    assert slack.next("chat.postMessage")["thread_ts"] == "1.5"


def test_a_slash_command_is_answered(collecting: Collecting, slack: SlackServer) -> None:
    slack.slashes("/hail", "everybody")

    assert slack.next("chat.postMessage")["text"] == "Hail, Al!"


def test_what_comes_later_is_said_and_calls_nobody(
    collecting: Collecting, slack: SlackServer, house: House
) -> None:
    entity = f"slack+{slack.team}+{slack.channel}"
    house.queues(entity, "a & <b>")

    assert slack.next("chat.postMessage")["text"] == "Hail, a &amp; &lt;b&gt;!"
    wait_until(lambda: not house.waiting(entity), "the acknowledgement")


def test_a_slack_that_is_busy_is_asked_again_when_it_says(
    collecting: Collecting, slack: SlackServer
) -> None:
    slack.busy_once = True
    slack.writes("!hail")

    assert slack.next("chat.postMessage")["text"] == "Hail, Al!"


def test_a_token_that_is_refused_ends_it_with_one_line(
    house: House, slack: SlackServer, tmp_path: Path
) -> None:
    slack.refuses = "token_revoked"
    with Collecting("slack", tmp_path / "collect.log", **house.settings, **slack.settings) as one:
        assert one.process.wait(PATIENCE_S) == 1

        last = one.log.read_text().splitlines()[-1]
    assert last.startswith("waddlebot: Slack refuses SLACK_APP_TOKEN or SLACK_BOT_TOKEN")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("&lt;b&gt; &amp;", "<b> &"),
        ("see <https://example.org|here>", "see https://example.org"),
        ("<@U1|bob> and <@U2>", "@bob and @U2"),
        ("<!here>", "!here"),
    ],
)
def test_texts_are_read_as_people_see_them(text: str, seen: str) -> None:
    assert plain(text) == seen


@pytest.mark.parametrize(
    "event",
    [None, "text", {}, {"type": "message"}, {"type": "message", "subtype": "message_changed"}, 7],
)
def test_what_nobody_has_said_is_no_event(event: object) -> None:
    assert event_of({"event": event}) is None
