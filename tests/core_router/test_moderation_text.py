# ruff: noqa: RUF001 - looking alike is the point.
"""Text as a person sees it, and the way back to what was sent."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core_router.moderation.alike import PLAIN
from core_router.moderation.normalise import folded, origins, plain

TANGLED = st.text(
    st.characters()
    | st.sampled_from("eE\u0301\u0323\u0f73\u0f71ﷺ가\u1100\u1161\u11a8\u0cc6\u0cc2ﬃ½\u200dſΣςẞ")
)


@settings(max_examples=500, deadline=None)
@given(TANGLED)
@pytest.mark.parametrize("view", [plain, folded, str.casefold])
def test_every_character_of_a_view_knows_where_it_came_from(view: object, text: str) -> None:
    assert callable(view)

    spans = origins(text, view)

    assert len(spans) == len(view(text))
    assert spans == sorted(spans)
    pieces = sorted(set(spans))
    assert "".join(view(text[start:end]) for start, end in pieces) == view(text)


@settings(max_examples=300, deadline=None)
@given(TANGLED)
def test_what_is_invisible_or_looks_alike_is_gone(text: str) -> None:
    assert not PLAIN.keys() & set(plain(text))


@pytest.mark.parametrize("text", ["é", "ẹ́", "각", "ﬃ", "５"])
def test_one_way_to_write_it_is_as_good_as_another(text: str) -> None:
    assert folded(text) == folded(unicodedata.normalize("NFD", text))


def test_a_thousand_accents_on_one_letter_take_no_time() -> None:
    zalgo = "a" + "\u0301" * 60_000 + "b"

    assert len(origins(zalgo, plain)) == len(plain(zalgo))
