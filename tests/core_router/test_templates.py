"""The variables of text commands."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_router.engines.text import (
    InvalidTemplateError,
    TextContext,
    UnknownVariableError,
    compile_template,
)

CONTEXT = TextContext(
    user="Alice",
    user_id="u_9f",
    now=datetime(2026, 11, 23, 10, 5, tzinfo=UTC),
    args=("@bob", "two"),
    raw_args="@bob two",
    channel="general",
    platform="twitch",
    community="The Rookery",
    count=12,
    counters={"deaths": 3},
    labels=frozenset({"vip"}),
)


def rendered(text: str, context: TextContext = CONTEXT) -> str:
    return compile_template(text).render(context)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello!", "Hello!"),
        ("Hi ${user}, id ${user.id}", "Hi Alice, id u_9f"),
        ("[${args}]", "[@bob two]"),
        ("[${1}|${2}|${3}|${9}]", "[@bob|two||]"),
        ("hugs ${touser}", "hugs bob"),
        ("${count} times", "12 times"),
        ("${counter:deaths} deaths, ${counter:wins} wins", "3 deaths, 0 wins"),
        ("${counter:Deaths}", "3"),
        ("${channel} ${platform} ${community}", "general twitch The Rookery"),
        ("it is ${time:Europe/Berlin}", "it is 11:05"),
        ("<${label:vip}|${label:mod}>", "<vip|>"),
        ("${random:4-4}", "4"),
        ("${random:-2--2}", "-2"),
        ("${choose:same|same}", "same"),
        ("costs $5 {really} ${never closed", "costs $5 {really} ${never closed"),
    ],
)
def test_each_variable_stands_for_something(text: str, line: str) -> None:
    assert rendered(text) == line


def test_the_variables_of_the_documentation_exist() -> None:
    rows = re.findall(r"^\| (`.+`) \|", Path("docs/text-variables.md").read_text(), re.MULTILINE)

    shown = [text for row in rows for text in re.findall(r"`(\$.+?)`", row)]

    assert len(shown) == 15
    assert all(rendered(text) != text for text in shown)


def test_the_caller_is_meant_when_nobody_is_named() -> None:
    alone = replace(CONTEXT, args=(), raw_args="")

    assert rendered("hugs ${touser}${args}", alone) == "hugs Alice"


@pytest.mark.parametrize(
    "name", ["usr", "", "0", "10", "user.name", "User", "eval:1", "__class__", "²"]
)
def test_an_unknown_variable_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UnknownVariableError, match=re.escape(f"${{{name}}}")) as caught:
        compile_template(f"a ${{{name}}} b")

    assert caught.value.code == "unknown_variable"


@pytest.mark.parametrize(
    "text",
    [
        "${random:9-1}",
        "${random:}",
        "${random:a-b}",
        "${random:1-9999999999999999}",
        "${choose:}",
        "${choose: | }",
        "${time:Mars/Base}",
        "${time:Europe}",
        "${time:../../etc/passwd}",
        "${time:/etc/localtime}",
        "${time:\x00}",
        "${counter:}",
        "${counter}",
        "${counter:two words}",
        "${label:}",
        "${choose:${user}|you}",
        "x" * 2001,
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidTemplateError):
        compile_template(text)


def test_a_value_is_never_read_again() -> None:
    sly = replace(CONTEXT, raw_args="${user} ${counter:deaths}", args=("${user}",))

    assert rendered("[${args}] [${1}]", sly) == "[${user} ${counter:deaths}] [${user}]"


def test_it_tells_what_rendering_needs() -> None:
    template = compile_template("${count} ${counter:Deaths} ${label:vip} ${label:tier/gold}")

    assert template.needs_count
    assert template.counters == {"deaths"}
    assert template.labels == {"vip", "tier/gold"}


def test_a_plain_text_needs_nothing() -> None:
    template = compile_template("Be kind.")

    assert not template.needs_count
    assert not template.counters | template.labels


def test_random_numbers_stay_in_their_range() -> None:
    dice = compile_template("${random:1-3}")

    assert {dice.render(CONTEXT) for _ in range(200)} == {"1", "2", "3"}


def test_a_choice_is_one_of_the_options() -> None:
    coin = compile_template("${choose: heads | tails }")

    assert {coin.render(CONTEXT) for _ in range(200)} == {"heads", "tails"}


@pytest.mark.parametrize("typed", ["/ban bob", "!quote add x", ".timeout bob"])
def test_nobody_makes_the_bot_give_orders(typed: str) -> None:
    sly = replace(CONTEXT, raw_args=typed)

    assert rendered("${args}", sly)[0] == "\u200b"
    assert rendered("/me says ${args}", sly) == f"/me says {typed}"


def test_what_is_typed_cannot_ping_a_crowd_or_break_the_line() -> None:
    sly = replace(CONTEXT, raw_args="@everyone\r\nQUIT <!channel> \u202etxt\ud800")

    line = rendered("said: ${args}", sly)

    assert "@everyone" not in line
    assert "<!channel>" not in line
    assert not re.search("[\r\n\u202e\ud800]", line)


def test_an_answer_has_an_end() -> None:
    long = replace(CONTEXT, raw_args="x" * 60_000)

    assert len(rendered("${args}" * 250, long)) == 2000


@given(st.text(), st.text())
def test_no_template_breaks_it(text: str, typed: str) -> None:
    try:
        template = compile_template(text)
    except (UnknownVariableError, InvalidTemplateError):
        return

    assert len(template.render(replace(CONTEXT, user=typed, raw_args=typed))) <= 2000
