"""What people write into a rule, read once: a literal or a regex, and where it may stand."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]

from waddlebot.lib.errors import DomainError, Flaw

KINDS: Final = ("exact", "contains", "word", "wildcard", "regex")
# Instructions of RE2's program: far above what people write, far below what hurts.
LARGEST_REGEX: Final = 4_000
# Thai and Lao, Myanmar, Khmer, Hiragana, and Han.
_WITHOUT_SPACES: Final = (
    range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800), range(0x3040, 0x30A0),
    range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x40000),
)  # fmt: skip
_WORD_CHARACTERS: Final = r"[\pL\pN\pM_]*"
_SCRIPTS: Final = "".join(f"{chr(script[0])}-{chr(script[-1])}" for script in _WITHOUT_SPACES)
_NO_WORD_BEFORE: Final = rf"(?<![^\W{_SCRIPTS}])"
_NO_WORD_AFTER: Final = rf"(?![^\W{_SCRIPTS}])"


class UnsupportedPatternError(DomainError):
    """The pattern cannot run in linear time, or would stop every message."""

    code = "unsupported_pattern"

    def __init__(self, detail: str, *, pointer: str = "#/pattern") -> None:
        super().__init__(detail, errors=(Flaw(pointer, detail),))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A literal or a regex. Where it is bound, a word must begin or end there."""

    source: str
    kind: str  # literal, whole (all of a message), wildcard (a star inside), regex
    bound_before: bool = False
    bound_after: bool = False

    @property
    def is_literal(self) -> bool:
        return self.kind in {"literal", "whole"}

    def as_regex(self, literal: str) -> re.Pattern[str]:
        """Return a regex for a literal that finds all that fits, and little else."""
        before = _NO_WORD_BEFORE if self.bound_before and _joins(literal[0]) else ""
        after = _NO_WORD_AFTER if self.bound_after and _joins(literal[-1]) else ""
        return _literal_regex(literal, before, after)

    def fits(self, text: str, start: int, end: int) -> bool:
        return not (
            (self.bound_before and _is_inside_word(text, start))
            or (self.bound_after and _is_inside_word(text, end))
        )


def parse(match: str, pattern: str) -> Pattern:
    """Read a pattern. Raises UnsupportedPatternError."""
    if not pattern.strip():
        raise UnsupportedPatternError("A pattern needs something to look for.")
    if match == "wildcard":
        return _parse_wildcard(pattern)
    if match == "regex":
        return Pattern(pattern, "regex")
    if match == "exact":
        return Pattern(pattern.strip(), "whole")
    if match == "word":
        return Pattern(pattern.strip(), "literal", bound_before=True, bound_after=True)
    return Pattern(pattern, "literal")


def _parse_wildcard(pattern: str) -> Pattern:
    pattern = pattern.strip()
    middle = pattern.strip("*").strip()
    if not middle:
        raise UnsupportedPatternError("A star alone would stop every message.")
    return Pattern(
        middle,
        "wildcard" if "*" in middle else "literal",
        bound_before=not pattern.startswith("*"),
        bound_after=not pattern.endswith("*"),
    )


def wildcard_regex(middle: str) -> str:
    """Return the regex of a wildcard with a star inside: any run of a word's characters."""
    return _WORD_CHARACTERS.join(re2.escape(part) for part in middle.split("*"))


def compile_regex(source: str, *, case_sensitive: bool) -> Any:
    """Return RE2's regex. Raises UnsupportedPatternError for what it cannot or should not run."""
    try:
        regex = re2.compile(source, regex_options(case_sensitive=case_sensitive))
    except re2.error as error:
        raise UnsupportedPatternError(f"The regex cannot run: {_words_of(error)}.") from None
    if regex.programsize > LARGEST_REGEX:
        raise UnsupportedPatternError("The regex is too large: use smaller repetitions.")
    if regex.search("") is not None:
        raise UnsupportedPatternError("The regex matches even an empty message, so every message.")
    return regex


def check_source(pattern: Pattern, *, case_sensitive: bool) -> int:
    """Return how large its regex is, 0 for a literal. Raises UnsupportedPatternError."""
    if pattern.is_literal:
        return 0
    is_wildcard = pattern.kind == "wildcard"
    source = wildcard_regex(pattern.source) if is_wildcard else pattern.source
    return int(compile_regex(source, case_sensitive=case_sensitive).programsize)


def regex_options(*, case_sensitive: bool, max_mem: int = 8 << 20) -> Any:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    options.max_mem = max_mem
    return options


def _words_of(error: Exception) -> str:
    said = error.args[0] if error.args else "unknown error"
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def widen(text: str, start: int, end: int, pattern: Pattern) -> tuple[int, int]:
    """Return the span with the rest of the word on the sides where the pattern has a star."""
    while not pattern.bound_before and _is_inside_word(text, start):
        start -= 1
    while not pattern.bound_after and _is_inside_word(text, end):
        end += 1
    return start, end


def _is_inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and _joins(text[at - 1]) and _joins(text[at])


@lru_cache(maxsize=1024)
def _literal_regex(literal: str, before: str, after: str) -> re.Pattern[str]:
    return re.compile(f"{before}{re.escape(literal)}{after}")


@lru_cache(maxsize=8192)
def _joins(character: str) -> bool:
    """Return whether a character makes one word with its neighbours."""
    if character.isascii():
        return character.isalnum() or character == "_"
    is_letter = character.isalnum() or unicodedata.category(character)[0] == "M"
    return is_letter and not any(ord(character) in script for script in _WITHOUT_SPACES)
