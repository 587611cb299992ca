"""Text as a person sees it, so that no trick of Unicode slips a word past a rule.

A *view* of a message is a string rules are matched against: the message as it is, with its case
folded, or folded and with look-alikes and invisible characters out of the way. Views are made
whole, which is fast; only when a rule hit one is it made again piece by piece, to learn which
characters of the message a match came from.
"""

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from core_router.moderation.alike import PLAIN

Span = tuple[int, int]


def plain(text: str) -> str:
    """Return the text in compatibility form, look-alikes Latin, nothing invisible in it."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    # A text has few different characters, so this takes a third of what `translate` does.
    for character in PLAIN.keys() & set(text):
        text = text.replace(character, PLAIN[character])
    return text


def folded(text: str) -> str:
    """Return the plain text with its case folded: what most rules are matched against."""
    return text.lower() if text.isascii() else plain(text).casefold()


def as_is(text: str) -> str:
    return text


View = Callable[[str], str]
BY_PIECES: Final[frozenset[View]] = frozenset({plain, folded})


def origins(text: str, view: View) -> list[Span]:
    """Return, for each character of a view, the span of the text it came from."""
    pieces = _normal_pieces(text) if view in BY_PIECES else ((i, i + 1) for i in range(len(text)))
    return [piece for piece in pieces for _ in view(text[piece[0] : piece[1]])]


def _normal_pieces(text: str) -> Iterator[Span]:
    """Yield the shortest spans that can be normalised one by one, and give the whole."""
    start = 0
    for end in range(1, len(text)):
        if _may_part(text, start, end):
            yield start, end
            start = end
    if text:
        yield start, len(text)


def _may_part(text: str, start: int, end: int) -> bool:
    if text[end].isascii():
        return True
    own = unicodedata.normalize("NFKC", text[end])
    if unicodedata.combining(own[0]):
        return False
    alone = unicodedata.normalize("NFKC", text[start:end]) + own
    return unicodedata.normalize("NFKC", text[start : end + 1]) == alone
