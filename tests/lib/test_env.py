from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from waddlebot.lib.env import BadSettingError, Env

Read = Callable[[Env], Any]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("x", lambda env: env.number("NAME", 1)),
        ("-1", lambda env: env.number("NAME", 1)),
        ("11", lambda env: env.number("NAME", 1, most=10)),
        ("perhaps", lambda env: env.flag("NAME", default=True)),
        ("c", lambda env: env.one_of("NAME", ("a", "b"), "a")),
        ("two words", lambda env: env.token("NAME")),
        ("ключ", lambda env: env.token("NAME")),
        ("a\nb", lambda env: env.token("NAME")),
        ("short", lambda env: env.secrets("NAME", least=10, most=100)),
        ("long enough,short", lambda env: env.secrets("NAME", least=10, most=100)),
        ("no key", lambda env: env.rsa_key("NAME")),
        ("g" * 64, lambda env: env.ed25519_key("NAME")),
        ("00", lambda env: env.ed25519_key("NAME")),
        ("10.0.0.1/8", lambda env: env.networks("NAME", "")),
        ("ftp://x", lambda env: env.web_url("NAME", "")),
        ("https://", lambda env: env.web_url("NAME", "")),
        ("mysql://x/y", lambda env: env.database("NAME")),
        ("postgresql://x:port/y", lambda env: env.database("NAME")),
        ("http://x", lambda env: env.email("NAME")),
        ("smtp://", lambda env: env.email("NAME")),
        ("smtp://x:port", lambda env: env.email("NAME")),
        ("smtp://x/?tls=perhaps", lambda env: env.email("NAME")),
        ("smtp://x/?ssl=true", lambda env: env.email("NAME")),
        ("smtps://x/?tls=true", lambda env: env.email("NAME")),
        ("filemail://", lambda env: env.email("NAME")),
    ],
)
def test_nonsense_names_itself(value: str, read: Read) -> None:
    with pytest.raises(BadSettingError, match="NAME"):
        read(Env({"NAME": value}))


def test_a_bad_token_is_not_quoted() -> None:
    with pytest.raises(BadSettingError) as caught:
        Env({"NAME": "hunter22 hunter22"}).token("NAME")

    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "read", "expected"),
    [
        (" 7 ", lambda env: env.number("NAME", 1), 7),
        ("", lambda env: env.number("NAME", 1), 1),
        ("Yes", lambda env: env.flag("NAME", default=False), True),
        ("", lambda env: env.flag("NAME", default=True), True),
        ("a, b,,c ", lambda env: env.words("NAME"), ["a", "b", "c"]),
        ("", lambda env: env.one_of("NAME", ("a", "b"), "a"), "a"),
        ("https://bot.example/", lambda env: env.web_url("NAME", ""), "https://bot.example"),
        ("", lambda env: env.database("NAME"), None),
        ("~/x", lambda env: env.folder("NAME", Path("y")), Path.home() / "x"),
    ],
)
def test_sense_is_read(value: str, read: Read, expected: Any) -> None:
    assert read(Env({"NAME": value})) == expected


def test_a_socket_in_a_folder_is_a_host() -> None:
    found = Env({"NAME": "postgresql://me:p%40ss@%2Ftmp%2FaB/db?sslmode=disable"}).database("NAME")

    assert found is not None
    assert (found["HOST"], found["USER"], found["PASSWORD"]) == ("/tmp/aB", "me", "p@ss")  # noqa: S108
    assert (found["NAME"], found["OPTIONS"]["sslmode"]) == ("db", "disable")


def test_redis_may_be_given_in_parts() -> None:
    parts = {"REDIS_HOST": "cache", "REDIS_PORT": "6380", "REDIS_PASSWORD": "secret"}

    assert Env(parts).redis() == "redis://:secret@cache:6380/0"
    assert Env({"REDIS_URL": "rediss://x"} | parts).redis() == "rediss://x"


def test_redis_speaks_redis() -> None:
    with pytest.raises(BadSettingError, match="REDIS_URL"):
        Env({"REDIS_URL": "http://x"}).redis()


def test_mail_goes_where_it_says() -> None:
    url = "smtp://bot:p%40ss@mail.example.org:587/?tls=true"

    sent, sealed = (
        Env({"NAME": each}).email("NAME") for each in (url, "smtps://mail.example.org")
    )

    assert (sent.host, sent.port, sent.user) == ("mail.example.org", 587, "bot")
    assert (sent.password, sent.starts_tls, sent.is_tls) == ("p@ss", True, False)
    assert (sealed.port, sealed.starts_tls, sealed.is_tls) == (465, False, True)


def test_mail_stays_at_home_unless_told_otherwise() -> None:
    assert Env({}).email("NAME").backend.endswith("console.EmailBackend")
    assert Env({"NAME": "filemail:///srv/mail"}).email("NAME").folder == "/srv/mail"


def test_no_message_tells_the_password_of_the_mail_server() -> None:
    with pytest.raises(BadSettingError) as refusal:
        Env({"NAME": "smtp://bot:hush@x/?tls=maybe"}).email("NAME")

    assert "hush" not in str(refusal.value)
