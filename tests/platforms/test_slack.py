import pytest

from tests.platforms.servers import Sent, SlackServer, says
from waddlebot.platforms import Account, Delivery, Outcome
from waddlebot.platforms.slack import Slack


def write(to: str = "U042", text: str = "Your code") -> Delivery:
    return Slack().send_direct_message(account_id=to, text=text)


def test_a_message_arrives(slack: SlackServer) -> None:
    assert write() == Delivery(Outcome.SENT)
    assert slack.messages == [Sent("U042", "Your code")]


def test_nothing_in_a_text_is_a_mention(slack: SlackServer) -> None:
    write(text="<!channel> a & b")

    assert slack.messages == [Sent("U042", "&lt;!channel&gt; a &amp; b")]


@pytest.mark.parametrize(
    "error",
    [
        "account_inactive", "cannot_dm_bot", "channel_not_found", "invalid_auth", "msg_too_long",
        "not_in_channel", "user_disabled", "user_not_found", "something_new",
    ],
)  # fmt: skip
def test_ok_false_is_a_failure_though_it_is_a_200(slack: SlackServer, error: str) -> None:
    slack.error = error

    delivery = write()

    assert (delivery.outcome, delivery.code) == (Outcome.FAILED, error)
    assert delivery.detail.endswith(".")


@pytest.mark.parametrize("error", ["ratelimited", "internal_error", "service_unavailable"])
def test_an_error_that_passes_is_tried_again(slack: SlackServer, error: str) -> None:
    slack.error = error

    assert write().outcome is Outcome.RETRY


def test_an_error_that_is_no_word_is_not_repeated(slack: SlackServer) -> None:
    slack.error = "<b>Hello</b>"

    delivery = write()

    assert (delivery.outcome, delivery.code) == (Outcome.RETRY, "platform_error")


def test_a_wait_is_kept_for_everybody(slack: SlackServer) -> None:
    slack.trouble = says(429, {"ok": False, "error": "ratelimited"}, Retry_After="30")

    first, second = write(), write("U043")

    assert (first.retry_after_s, first.outcome) == (30, Outcome.RETRY)
    assert second.retry_after_s == pytest.approx(30, abs=5)
    assert len(slack.asked) == 1


def test_one_message_at_a_time_to_each(
    slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waddlebot.platforms.slack_chat.RESTS", (1, 60))

    outcomes = [write().outcome, write().outcome, write("U043").outcome]

    assert outcomes == [Outcome.SENT, Outcome.RETRY, Outcome.SENT]


def test_an_account_is_found_by_its_id(slack: SlackServer) -> None:
    assert Slack().find_account("u042") == Account("U042", "alice", "Alice")
    assert Slack().find_account("U099") is None


def test_neither_a_name_nor_an_email_is_looked_up(slack: SlackServer) -> None:
    assert Slack().find_account("alice") is None
    assert Slack().find_account("alice@rookery.example") is None
    assert slack.asked == []


def test_bots_and_those_who_left_are_nobody(slack: SlackServer) -> None:
    slack.bots, slack.deleted = {"U042"}, {"U043"}

    assert Slack().find_account("U042") is None
    assert Slack().find_account("U043") is None
