import pytest

from waddlebot.lib.redaction import Redactor

TEXTS = {
    "ada said hello": "[erased] said hello",
    "“Hello, @ADA!”": "“Hello, [erased]!”",
    "ada lovelace, Ada": "[erased], [erased]",
    "adalia and canada stay": "adalia and canada stay",
    "ada_2 stays": "ada_2 stays",
    "Jo stays": "Jo stays",
    "c++ goes": "[erased] goes",
}


@pytest.mark.parametrize("text", TEXTS)
def test_names_go_where_they_are_whole_words(text: str) -> None:
    assert Redactor(["ada", "Ada Lovelace", "jo", "c++"]).text(text) == TEXTS[text]


def test_without_names_nothing_goes() -> None:
    assert Redactor([]).text("Hello, @ada") == "Hello, @ada"


def test_a_text_does_not_grow_beyond_its_place() -> None:
    assert Redactor(["ada"]).text("ada ada", 10) == "[erased] ["


def test_what_is_inside_goes_too() -> None:
    redactor = Redactor(["ada"], exact={"42": "somebody"})

    cleaned = redactor.value({"actions": [{"text": "@ada: 42", "user_id": "42", "n": 42}]})

    assert cleaned == {"actions": [{"text": "[erased]: 42", "user_id": "somebody", "n": 42}]}
