"""What lines of Twitch chat become, and what bytes of a broken line become."""

from typing import Any

import pytest

from waddlebot.collectors.pieces import pieces
from waddlebot.collectors.twitch.events import events_of
from waddlebot.collectors.twitch.wire import LONGEST_LINE, Splitter, escaped, parse, unescaped

WHO = "user-id=42;display-name=Alice;id=m1;tmi-sent-ts=1700000000123"
PRIVMSG = ":alice!alice@alice.tmi.twitch.tv PRIVMSG #waddle"


def event(text: str) -> dict[str, Any]:
    (found,) = events_of_text(text)
    return found


def events_of_text(text: str) -> list[dict[str, Any]]:
    line = parse(text)
    return events_of(line, "twitch") if line else []


def test_a_message_becomes_an_event_of_the_contract() -> None:
    found = event(f"@badges=moderator/1,subscriber/12,premium/1;{WHO} {PRIVMSG} :!so bob")

    assert found == {
        "platform": "twitch",
        "server_id": "waddle",
        "event_id": "m1",
        "message_id": "m1",
        "user_id": "42",
        "user_name": "alice",
        "display_name": "Alice",
        "user_roles": ["moderator", "subscriber"],
        "message_type": "chatMessage",
        "message_content": "!so bob",
        "occurred_at": "2023-11-14T22:13:20.123Z",
        "metadata": {},
    }


def test_the_name_before_a_reply_hides_no_command() -> None:
    tags = f"reply-parent-msg-id=m0;reply-parent-display-name=Bob;{WHO}"
    found = event(f"@{tags} {PRIVMSG} :@Bob !so bob")

    assert found["message_content"] == "!so bob"
    assert found["metadata"] == {"reply_to": "m0"}


def test_what_somebody_does_is_text_without_the_signs_around_it() -> None:
    found = event(f"@{WHO} {PRIVMSG} :\x01ACTION waves\x01")

    assert (found["message_content"], found["metadata"]) == ("waves", {"is_action": True})


def test_bits_are_a_message_and_a_cheer() -> None:
    message, cheer = events_of_text(f"@bits=100;{WHO} {PRIVMSG} :Cheer100")

    assert [each["message_type"] for each in (message, cheer)] == ["chatMessage", "cheer"]
    assert message["metadata"] == cheer["metadata"] == {"bits": 100}
    assert message["event_id"] != cheer["event_id"]


def test_a_guest_of_a_shared_chat_is_left_to_his_own_channel() -> None:
    assert not events_of_text(f"@room-id=1;source-room-id=2;{WHO} {PRIVMSG} :!so bob")


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [("sub", "subscription"), ("resub", "resub"), ("submysterygift", "subgift"), ("raid", "raid")],
)
def test_notices_become_events(kind: str, becomes: str) -> None:
    tags = f"msg-id={kind};login=alice;msg-param-viewerCount=5;system-msg=so\\sit\\sis;{WHO}"
    found = event(f"@{tags} :tmi.twitch.tv USERNOTICE #waddle :hi")

    assert (found["message_type"], found["user_name"]) == (becomes, "alice")
    assert found["metadata"] == {"viewerCount": "5", "system_message": "so it is"}


def test_a_timeout_and_a_ban_are_told_apart() -> None:
    line = "target-user-id=42;tmi-sent-ts=1700000000123 :tmi.twitch.tv CLEARCHAT #waddle :alice"

    assert event(f"@ban-duration=60;{line}")["metadata"] == {"seconds": 60}
    assert event(f"@{line}")["message_type"] == "ban"
    assert not events_of_text(":tmi.twitch.tv CLEARCHAT #waddle")


def test_without_tags_people_are_known_by_their_names() -> None:
    found = event(":Bob!b@host PRIVMSG #rookery :hi")

    assert (found["user_id"], found["user_name"], found["display_name"]) == ("bob", "bob", "Bob")


@pytest.mark.parametrize("text", ["", "@", ":", "@a=b", ":bob", "   ", "@;=;; :\0 \0", "PRIVMSG"])
def test_a_truncated_line_is_no_event(text: str) -> None:
    assert not events_of_text(text)


@pytest.mark.parametrize(
    "tags", ["bits=many", f"bits={'9' * 400}", "tmi-sent-ts=-1", f"tmi-sent-ts={'9' * 400}", "id="]
)
def test_strange_tags_do_no_harm(tags: str) -> None:
    assert events_of_text(f"@{tags} {PRIVMSG} :hi")[0]["message_content"] == "hi"


def test_what_a_database_cannot_keep_is_taken_out() -> None:
    found = event(f"@{WHO} {PRIVMSG} :a\0b{'x' * 10_000}")

    assert found["message_content"].startswith("abx")
    assert len(found["message_content"]) < 5000


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert Splitter().feed(b"PING \xff\xfe\r\n") == ["PING \ufffd\ufffd"]


def test_lines_may_come_in_any_pieces() -> None:
    splitter = Splitter()

    parts = [splitter.feed(bytes([byte])) for byte in b"PING 1\r\nPING 2\n"]
    assert [line for part in parts for line in part] == ["PING 1", "PING 2"]


def test_a_line_without_an_end_is_dropped_and_the_next_is_read() -> None:
    splitter = Splitter()

    assert splitter.feed(b"x" * (LONGEST_LINE + 1)) == []
    assert splitter.feed(b"y" * LONGEST_LINE) == []
    assert splitter.feed(b"yy\r\nPING 1\r\n") == ["PING 1"]


@pytest.mark.parametrize("value", ["a b;c", "\\s", "line\r\nbreak", "", "\\"])
def test_what_is_escaped_comes_back(value: str) -> None:
    assert unescaped(escaped(value)) == value


def test_a_long_text_is_cut_between_words() -> None:
    assert list(pieces("one two three four", 9)) == ["one two", "three", "four"]


def test_a_word_that_is_too_long_is_cut_where_it_must_be() -> None:
    assert list(pieces("x" * 25, 10)) == ["x" * 10, "x" * 10, "x" * 5]


def test_no_more_pieces_come_than_are_asked_for() -> None:
    found = list(pieces("word " * 100, 20, count=2))

    assert len(found) == 2
    assert found[1].endswith("…")
    assert all(len(piece) <= 20 for piece in found)


def test_bytes_are_counted_where_bytes_are_limited() -> None:
    found = list(pieces("ü" * 30, 20, size=lambda text: len(text.encode())))

    assert [len(piece.encode()) for piece in found] == [20, 20, 20]
