"""Cutting a stream of CSV into pieces of whole records, in memory that does not grow with it."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Final

from waddlebot.lib.errors import Flaw, InvalidError

LONGEST: Final = 1024 * 1024
"""Characters of a record, or of what an unclosed quote has swallowed."""
ENDS: Final = ("\n", "\r")

# The module's own limit is below ours; a longer field would end the reading without a word.
csv.field_size_limit(4 * LONGEST)


class UnreadableError(InvalidError):
    """What came is no CSV in UTF-8 from this line on."""

    code = "unreadable_csv"

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"Line {line}: {detail}", errors=[Flaw(f"#/{line}", detail)])


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records; `first_line` is the line the first one begins on."""

    text: str
    first_line: int
    records: int


class Splitter:
    """Takes what comes, gives back what is whole of it, and keeps the rest for the next time."""

    def __init__(self) -> None:
        self.delimiter = ""
        self.header: list[str] = []
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._line = 1
        self._rest = ""

    def feed(self, data: bytes, *, is_last: bool = False) -> Piece:
        """Return the records that are whole by now. Raises UnreadableError."""
        text = self._rest + self._decoded(data, is_last=is_last)
        if is_last and text and not text.endswith(ENDS):
            text += "\n"
        # The second half of its line end may be still to come.
        torn = text.endswith("\r") and not is_last
        whole = text[: max(text[: len(text) - torn].rfind(end) for end in ENDS) + 1]
        first = 0 if self.header else self._take_header(whole)
        end, count = measured(whole[first:], self.delimiter)
        piece = Piece(whole[first : first + end], self._line, count)
        self._line += lines_in(piece.text)
        self._rest = text[first + end :]
        if len(self._rest) > LONGEST or (is_last and self._rest):
            raise UnreadableError(self._line, "A quote is not closed, or this is too long.")
        return piece

    def _decoded(self, data: bytes, *, is_last: bool) -> str:
        try:
            return self._decoder.decode(data, final=is_last)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode()
            line = self._line + lines_in(self._rest + before)
            raise UnreadableError(line, "This is not UTF-8. Save the file as UTF-8.") from None

    def _take_header(self, whole: str) -> int:
        """Take the first record that is not blank, when it is whole; return where it ends."""
        line = re.split(r"[\r\n]", whole.lstrip("\r\n"), maxsplit=1)[0]
        self.delimiter = max(",;\t", key=line.count)
        for row, _, end in records(whole, self.delimiter):
            if row:
                self.header = row
                self._line += lines_in(whole[:end])
                return end
        return 0


def lines_in(text: str) -> int:
    """Return how many lines end in a text: by LF, CR LF, or CR alone."""
    lone = text.count("\r") - text.count("\r\n") if "\r" in text else 0
    return text.count("\n") + lone


def measured(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many characters of these lines are whole records, and how many these are."""
    if '"' not in text:
        return len(text), lines_in(text)
    end = count = 0
    for _, _, so_far in records(text, delimiter):
        end, count = so_far, count + 1
    return end, count


def records(text: str, delimiter: str) -> Iterator[tuple[list[str], int, int]]:
    """Yield each record of these lines, how many lines stand before it, and where it ends.

    One whose last quote is not closed is left out.
    """
    lines = end = before = 0
    is_over = False

    def count() -> Iterator[str]:
        nonlocal lines, end, is_over
        # `newline=""` keeps the ends of lines, which quotes may hold.
        for line in StringIO(text, newline=""):
            lines += 1
            end += len(line)
            yield line
        is_over = True

    for row in csv.reader(count(), delimiter=delimiter):
        if is_over:
            return
        yield row, before, end
        before = lines
