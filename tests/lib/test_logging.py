import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from waddlebot.lib.ids import new_id
from waddlebot.lib.logging import current_request_id, formatter, in_request, masked, request_id_of

KEY = "wb_AbCdEfGhIjKl_0123456789abcdefghijABCDEFGHIJ0123456789ABC_a1B2c3"
TOKEN = "tok_0123456789abcdefghijklmnopqrstuvwxyz"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter("json"))
    logger = logging.getLogger("test.lines")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key {KEY} refused", KEY[16:]),
        (f"token wbr_{TOKEN} of a call", TOKEN),
        (f"GET /browser/source/{TOKEN}/ticker HTTP/1.1", TOKEN),
        (f"WebSocket /browser/ws/{TOKEN}/media", TOKEN),
        (f"https://bot.example/portal/sign-in/{TOKEN}", TOKEN),
        (f"GET /identity/v1/exports/{TOKEN}", TOKEN),
        (f"https://bot.example/identity/v1/erasures/{TOKEN}", TOKEN),
        ("redis://:hunter22@127.0.0.1:6379/0", "hunter22"),
        ("Authorization: Bearer abc.def.ghi", "abc.def.ghi"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ("X-API-Key: something-odd", "something-odd"),
        ("Cookie: sessionid=abcdef; a=b", "abcdef"),
        ("__Host-sessionid=abcdef; path=/", "abcdef"),
        ("username=alice&password=hunter22", "hunter22"),
        ('{"password": "hunter22"}', "hunter22"),
        ("alice typed !verify ABC234", "ABC234"),
        ('{"code": "ABC234"}', "ABC234"),
        (f"?token={TOKEN}", TOKEN),
    ],
)
def test_no_secret_stands_in_a_text(text: str, secret: str) -> None:
    assert secret not in masked(text)
    assert "***" in masked(text)


@pytest.mark.parametrize("text", ["plain words", "status code=404", "code: not_found", "a key"])
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


def test_a_line_is_masked_wherever_the_secret_is(lines: Lines) -> None:
    logging.getLogger("test.lines").info(
        "Sent %s", KEY, extra={"token": TOKEN, "facts": {"cookie": "c1", "list": [KEY]}}
    )

    line = json.dumps(lines())
    assert "***" in line
    assert not any(secret in line for secret in (KEY[16:], TOKEN, "c1"))


def test_the_text_of_an_exception_is_masked_too(lines: Lines) -> None:
    try:
        int(KEY)
    except ValueError:
        logging.getLogger("test.lines").exception("It failed")

    assert "ValueError" in lines()[0]["exception"]
    assert KEY[16:] not in json.dumps(lines())


def test_a_line_has_its_facts(lines: Lines) -> None:
    with in_request("request-1"):
        logging.getLogger("test.lines").warning("Slow", extra={"ms": 12})

    line = lines()[0]
    assert line["time"].endswith("Z")
    assert {key: line[key] for key in ("event", "level", "logger", "ms", "request_id")} == {
        "event": "Slow",
        "level": "warning",
        "logger": "test.lines",
        "ms": 12,
        "request_id": "request-1",
    }


@pytest.mark.parametrize("offered", ["abc-DEF_123.4", "0192f0c8-8b1c-7d3e-9f00-000000000000"])
def test_a_sane_request_id_is_kept(offered: str) -> None:
    assert request_id_of(offered) == offered


@pytest.mark.parametrize("offered", [None, "", "short", "a b c d e f", "x" * 65, "line\nbreak\n"])
def test_any_other_is_replaced(offered: str | None) -> None:
    assert len(request_id_of(offered)) == len(str(new_id()))


@pytest.mark.parametrize("library", ["botocore.endpoint", "httpcore.http11", "urllib3.util"])
def test_libraries_tell_nothing_of_what_is_sent_even_to_debug(library: str) -> None:
    code = "import django, logging, sys; django.setup(); log = logging.getLogger(sys.argv[1])"

    told = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", f"{code}; print(log.isEnabledFor(logging.DEBUG))", library],
        env=os.environ | {"LOG_LEVEL": "DEBUG"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "False"


def test_outside_a_request_there_is_no_id() -> None:
    assert current_request_id() == ""
