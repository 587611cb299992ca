"""Lines of IRC, with the tags of IRCv3: https://ircv3.net/specs/extensions/message-tags."""

import re
from typing import Final, NamedTuple

LONGEST_LINE: Final = 16 * 1024
"""Twice what the specification allows. What is longer is no line of a chat."""
ESCAPED: Final = re.compile(r"\\(.?)")
ESCAPES: Final = {":": ";", "s": " ", "r": "\r", "n": "\n"}
BREAKS: Final = re.compile(r"[\r\n\0]+")


class Line(NamedTuple):
    tags: dict[str, str]
    nick: str
    command: str
    params: list[str]

    def param(self, number: int) -> str:
        return self.params[number] if number < len(self.params) else ""

    @property
    def channel(self) -> str:
        """Return the name without its `#`; nothing when it is about none."""
        name = self.param(0)
        return name[1:].lower() if name.startswith("#") else ""


class Splitter:
    """Bytes in, whole lines out. A line that does not end is dropped up to its end."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropping = False

    def feed(self, data: bytes) -> list[str]:
        *whole, rest = (self._rest + data).split(b"\n")
        if whole and self._dropping:
            del whole[0]
            self._dropping = False
        if len(rest) > LONGEST_LINE:
            rest, self._dropping = b"", True
        self._rest = b"" if self._dropping else rest
        fitting = (line for line in whole if len(line) <= LONGEST_LINE)
        return [line.rstrip(b"\r").decode(errors="replace") for line in fitting]


def parse(text: str) -> Line | None:
    """Read a line; None for what is none."""
    tags: dict[str, str] = {}
    nick = ""
    if text.startswith("@"):
        raw, _, text = text[1:].partition(" ")
        tags = {
            name: unescaped(value)
            for name, _, value in (tag.partition("=") for tag in raw.split(";"))
        }
    if text.startswith(":"):
        prefix, _, text = text[1:].partition(" ")
        nick = prefix.partition("!")[0]
    head, colon, last = text.partition(" :")
    words = head.split()
    if not words:
        return None
    return Line(tags, nick, words[0].upper(), words[1:] + ([last] if colon else []))


def unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), value)


def escaped(value: str) -> str:
    for letter, sign in (("\\", "\\"), (";", ":"), (" ", "s"), ("\r", "r"), ("\n", "n")):
        value = value.replace(letter, f"\\{sign}")
    return value


def one_line(text: str) -> str:
    """Return a text in which no other command can hide."""
    return BREAKS.sub(" ", text).strip()
