"""Slack's events are heard once, and its commands answered at once."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone
from pytest_django import Settings

from core_router.models import OutgoingAction
from identity.models import Community, IdentityLink, User
from identity.operations.link_requests import ask_link
from tests import make
from tests.core_router.conftest import Door, Said
from tests.core_router.webhooks.conftest import waiting
from tests.core_router.webhooks.signing import called_on_slack, on_slack, slack, twitch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _workspace(rookery: Community) -> None:
    make.entity(rookery, platform="slack", server_id="T1", channel_id="C1")
    make.command(rookery, "hail", response="Hail ${args} from ${user}!")


@pytest.fixture
def said_alone(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return what a worker is to say to somebody alone."""
    found: list[tuple[str, ...]] = []

    def send(task: str, *, args: tuple[str, ...] = (), **_: Any) -> None:
        if task == "core_router.tasks.say_in_private":
            found.append(args)

    monkeypatch.setattr(current_app, "send_task", send)
    return found


def text_of(said: Said) -> tuple[str, str]:
    answer = said.json()
    assert said.status == 200, answer
    return answer["text"], answer["response_type"]


def test_the_challenge_comes_back(door: Door) -> None:
    said = slack(b'{"type": "url_verification", "challenge": "3eZbrw1aB"}').to(door)

    assert (said.status, said.body) == (200, b"3eZbrw1aB")


def test_a_line_is_answered_in_its_channel(door: Door) -> None:
    assert on_slack(text="!hail the &lt;crows&gt;").to(door).status == 200

    assert waiting() == ["Hail the <crows> from U42!"]
    assert OutgoingAction.objects.get().entity == "slack+T1+C1"


def test_what_slack_sends_again_is_done_once(door: Door) -> None:
    for _ in range(2):
        assert on_slack(text="!hail all", event_id="Ev1").to(door).status == 200

    assert len(waiting()) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"kind": "pin_added"},
        {"channel": "C404"},
        {"user": ""},
    ],
)
def test_what_nobody_wrote_here_leads_to_nothing(door: Door, event: dict[str, str]) -> None:
    assert on_slack(text="!hail all", **event).to(door).status == 200

    assert not waiting()


@pytest.mark.parametrize("command", ["/waddle", "/waddlebot"])
def test_a_slash_command_is_answered_in_the_answer(door: Door, command: str) -> None:
    said = called_on_slack("hail the crows", command=command).to(door)

    assert text_of(said) == ("Hail the crows from bob!", "in_channel")
    assert not waiting()


def test_a_command_may_have_a_name_of_its_own_there(door: Door) -> None:
    said = called_on_slack("<!channel>", command="/hail").to(door)

    text, _ = text_of(said)
    assert "<" not in text


def test_who_calls_what_is_not_there_is_told_alone(door: Door) -> None:
    text, kind = text_of(called_on_slack("nothing").to(door))

    assert "No command" in text
    assert kind == "ephemeral"


def test_a_command_that_was_listened_in_on_is_not_called_again(door: Door) -> None:
    sent = called_on_slack("hail all", trigger_id="t1")
    sent.to(door)

    assert sent.to(door).status == 401


def test_what_was_sent_long_ago_is_refused(door: Door) -> None:
    assert slack(b"{}", age=timedelta(minutes=6)).to(door).status == 401


def test_a_button_is_acknowledged(door: Door) -> None:
    payload = b"payload=%7B%22type%22%3A%22block_actions%22%7D"

    said = slack(payload, content_type="application/x-www-form-urlencoded").to(door)

    assert (said.status, said.body) == (200, b"")


def test_without_its_secret_the_address_is_not_there(door: Door, settings: Settings) -> None:
    settings.SLACK_SIGNING_SECRET = []

    assert on_slack(text="hi").to(door).status == 404


@pytest.mark.parametrize("body", [b"", b"no form", b"{", b'{"type": 1}', b"\xff=1"])
def test_what_is_signed_and_makes_no_sense_is_malformed(door: Door, body: bytes) -> None:
    assert slack(body).to(door).status == 400


@pytest.mark.parametrize("platform", ["slack", "twitch"])
def test_a_code_told_to_the_bot_alone_links_the_account(
    door: Door, alice: User, said_alone: list[tuple[str, ...]], platform: str
) -> None:
    actor = f"user:{alice.pk}"
    asked = ask_link(
        user_id=alice.pk, platform=platform, username="", actor=actor, now=timezone.now()
    )

    for words in (f"!verify {asked.code}", "!confirm"):
        told = whispered(platform, words).to(door)
        assert told.status in {200, 204}

    assert [each[:2] for each in said_alone] == [(platform, "U42")] * 2
    assert IdentityLink.objects.filter(user=alice, platform=platform, platform_user_id="U42")


@pytest.mark.parametrize("platform", ["slack", "twitch"])
def test_what_is_told_to_the_bot_alone_and_sent_again_is_done_once(
    door: Door, said_alone: list[tuple[str, ...]], platform: str
) -> None:
    sent = whispered(platform, "!verify ABC234")

    statuses = {sent.to(door).status for _ in range(2)}

    assert statuses <= {200, 204}
    assert len(said_alone) == 1


def whispered(platform: str, words: str) -> Any:
    if platform == "slack":
        return on_slack(text=words, channel_type="im", channel="D1")
    told = {
        "from_user_id": "U42",
        "from_user_login": "bob",
        "from_user_name": "Bob",
        "to_user_id": "999",
        "whisper_id": "w1",
        "whisper": {"text": words},
    }
    return twitch("user.whisper.message", told)
