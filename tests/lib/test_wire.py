import msgspec
import pytest

from waddlebot.lib import wire
from waddlebot.lib.errors import InvalidError
from waddlebot.lib.problems import MalformedError


class Sample(msgspec.Struct):
    user_id: int
    tags: list[str] = []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": 1} b',
        b'"\xff"',
        b'"\\ud800 is half a character"',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": "a"}',
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b"[" * 65 + b"]" * 65,
        b"99999999999999999999",
        b"-9223372036854775809",
    ],
    ids=lambda body: f"{body[:12]!r} {len(body)}",
)
def test_what_is_no_json_or_cannot_be_kept_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        wire.decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\\\\u0000 spelled out"}',
        b'{"a": "[[[[ {{{{ unbalanced"}',
        b'"12345678901234567890123"',
        b"9223372036854775807",
        b"[" * 64 + b"]" * 64,
        '"🐧 \\ud83d\\ude00"'.encode(),
    ],
    ids=lambda body: f"{body[:12]!r} {len(body)}",
)
def test_what_only_looks_suspicious_is_read(body: bytes) -> None:
    assert wire.decode(body) == msgspec.json.decode(body)


def test_a_wrong_shape_is_pointed_at() -> None:
    decoder = msgspec.json.Decoder(Sample)

    with pytest.raises(InvalidError) as caught:
        wire.decode(b'{"user_id": 1, "tags": ["a", 2]}', decoder)

    assert [flaw.pointer for flaw in caught.value.errors] == ["#/tags/1"]


def test_a_shape_does_not_hide_what_cannot_be_kept() -> None:
    decoder = msgspec.json.Decoder(Sample)

    with pytest.raises(MalformedError):
        wire.decode(b'{"user_id": 1, "tags": ["a\\u0000"]}', decoder)


def test_a_view_says_how_much_it_reads() -> None:
    class Big:
        max_body = 100_000

    assert wire.max_body_of(Big()) == 100_000
    assert wire.max_body_of(object()) == 65_536
