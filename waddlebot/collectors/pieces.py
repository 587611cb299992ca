"""Texts that are longer than a platform takes at once."""

from collections.abc import Callable, Iterator
from itertools import accumulate


def pieces(
    text: str, most: int, *, size: Callable[[str], int] = len, count: int = 5
) -> Iterator[str]:
    """Yield a text in pieces of at most `most`, cut between words, and no more than `count`."""
    left = text.strip()
    for number in range(1, count + 1):
        if size(left) <= most:
            break
        room = most - size("…") if number == count else most
        piece, left = _cut(left, room, size)
        if number == count:
            yield f"{piece}…"
            return
        yield piece
    if left:
        yield left


def _cut(text: str, most: int, size: Callable[[str], int]) -> tuple[str, str]:
    fits = sum(
        1 for total in accumulate(size(letter) for letter in text[: most + 1]) if total <= most
    )
    space = text.rfind(" ", 1, fits + 1)
    # A word that fills more than half of the room is cut.
    end = space if space > fits // 2 else fits
    return text[:end].rstrip(), text[end:].lstrip()
