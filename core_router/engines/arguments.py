"""What follows a command, as separate words."""

import re

# Possessive throughout: a line of 64 KiB is read once, whatever is in it.
_WORD = re.compile(r"""(?:[^\s"']++|"(?:[^"\\]|\\.)*+"|'[^']*+')++""", re.DOTALL)
_PIECE = re.compile(r""""((?:[^"\\]|\\.)*+)"|'([^']*+)'|([^"']++)""", re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')


def split_args(raw: str) -> tuple[str, ...]:
    """Split as a shell would, quotes keeping words together; at spaces when one is not closed.

    A backslash escapes only within double quotes, so ¯\\_(ツ)_/¯ arrives whole.
    """
    if '"' not in raw and "'" not in raw:
        return tuple(raw.split())
    words: list[str] = []
    at = _skip_spaces(raw, 0)
    while at < len(raw):
        word = _WORD.match(raw, at)
        if word is None or (word.end() < len(raw) and not raw[word.end()].isspace()):
            return tuple(raw.split())
        words.append(_unquote(word[0]))
        at = _skip_spaces(raw, word.end())
    return tuple(words)


def _skip_spaces(raw: str, at: int) -> int:
    while at < len(raw) and raw[at].isspace():
        at += 1
    return at


def _unquote(word: str) -> str:
    if '"' not in word and "'" not in word:
        return word
    pieces = (
        _ESCAPED.sub(r"\1", double) if double else single or bare
        for double, single, bare in _PIECE.findall(word)
    )
    return "".join(pieces)
