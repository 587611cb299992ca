import io

import pytest
from pytest_django import Settings

from tests.runtime.running import free_ports
from waddlebot.cli import main
from waddlebot.cli.chat_view import describe, why

SHOUT = {"type": "ticker", "text": "Hi", "priority": 5, "style": None, "handled": True}


@pytest.mark.django_db
def test_a_server_that_is_not_there_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [port] = free_ports(1)
    settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
    monkeypatch.setattr("sys.stdin", io.StringIO("!help\n"))

    status = main(["chat"])

    error = capsys.readouterr().err
    assert status == 1
    assert error.startswith(f"waddlebot: no WaddleBot answers at http://127.0.0.1:{port}")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ({"type": "chat", "text": "Hi [bold]you[/]", "handled": False}, "bot> Hi [bold]you[/]"),
        (SHOUT, "[ticker] text=Hi, priority=5 (shown on the overlay)"),
        (
            {"type": "moderate", "action": "warn", "user_id": "7"},
            "[moderate] action=warn, user_id=7",
        ),
    ],
)
def test_an_action_is_shown_as_it_is(action: dict[str, object], shown: str) -> None:
    assert describe(action).plain == shown


def test_silence_is_explained() -> None:
    refusal = {"outcome": "limited", "reason": {"code": "cooldown", "detail": "Wait 3 s."}}

    assert why(refusal) == "limited: Wait 3 s."
    assert why({"outcome": "unknown_command"}) == "unknown_command: no such command"
