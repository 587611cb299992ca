"""What a command may be called."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from core_router.data import normal_word
from core_router.engines.echo import echo
from waddlebot.lib.errors import Flaw, InvalidError

LONGEST_WORD: Final = 50
PREFIXES: Final = ("!", "#")
# What joins or colours an emoji, or joins letters as Persian and Indic scripts need it.
JOINERS: Final = {"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))}


class InvalidNameError(InvalidError):
    code = "invalid_name"


def typed_word(text: str, *, prefix: str, pointer: str = "#/name") -> str:
    """Return a name as it is shown, without the prefix somebody wrote before it."""
    word = unicodedata.normalize("NFC", text.strip().removeprefix(prefix))
    if problem := _problem_with(word):
        raise InvalidNameError(problem, errors=[Flaw(pointer, problem)])
    return word


def typed_words(words: Iterable[str], *, prefix: str, own: str) -> list[str]:
    """Return aliases as they are stored: each once, and none that is the name itself."""
    normal = (
        normal_word(typed_word(word, prefix=prefix, pointer=f"#/aliases/{place}"))
        for place, word in enumerate(words)
    )
    return [word for word in dict.fromkeys(normal) if word != normal_word(own)]


def _problem_with(word: str) -> str:
    if not 1 <= len(word) <= LONGEST_WORD or not 1 <= len(normal_word(word)) <= LONGEST_WORD:
        return f"A name has 1 to {LONGEST_WORD} characters."
    if word[0] in PREFIXES:
        return "Leave the prefix out of the name."
    if any(map(_is_refused, word)):
        return "A name has no spaces and no control characters."
    if echo(word) != word:
        return "A name cannot be one that calls everybody."
    if not any(unicodedata.category(character)[0] in "LNPS" for character in word):
        return "A name needs something to see."
    return ""


def _is_refused(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "Z" or (category[0] == "C" and _is_unknown_to_emoji(category, character))


def _is_unknown_to_emoji(category: str, character: str) -> bool:
    # Cn: an emoji newer than this Python.
    return category != "Cn" and character not in JOINERS
