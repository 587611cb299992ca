"""Splitting what follows a command."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_router.engines.arguments import split_args


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("", ()),
        ("bob", ("bob",)),
        ("  bob   ann  ", ("bob", "ann")),
        ('add "to be" 3', ("add", "to be", "3")),
        ("add 'to be' 3", ("add", "to be", "3")),
        ('say "a \\"b\\" c"', ("say", 'a "b" c')),
        ('pre"fix me"', ("prefix me",)),
        ('empty "" here', ("empty", "", "here")),
        ("¯\\_(ツ)_/¯ \\o/", ("¯\\_(ツ)_/¯", "\\o/")),
        ("\u3000wide\u3000spaces", ("wide", "spaces")),
    ],
)
def test_quotes_keep_words_together(raw: str, words: tuple[str, ...]) -> None:
    assert split_args(raw) == words


@pytest.mark.parametrize("raw", ['it is "open', "don't", "a 'b \"c", '"', 'x"'])
def test_a_quote_that_is_not_closed_is_only_a_sign(raw: str) -> None:
    assert split_args(raw) == tuple(raw.split())


@given(st.text(alphabet="ab '\" \t", max_size=40))
def test_it_agrees_with_a_shell(raw: str) -> None:
    try:
        expected = tuple(shlex.split(raw))
    except ValueError:
        expected = tuple(raw.split())

    assert split_args(raw) == expected


@given(st.text())
def test_no_text_breaks_it(raw: str) -> None:
    assert all(isinstance(word, str) for word in split_args(raw))


@pytest.mark.parametrize("raw", ['"' * 65_535, '\\"' * 32_001, '"\\' * 32_000])
def test_the_longest_unclosed_line_is_one_word(raw: str) -> None:
    assert split_args(raw) == (raw,)
