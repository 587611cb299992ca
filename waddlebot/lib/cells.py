"""Values as a spreadsheet may have them."""

from typing import Any, Final

import msgspec

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
encode: Final = msgspec.json.Encoder().encode


def cell(value: Any) -> str:
    """Return a value as the text of a cell: it never begins a formula."""
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if value.startswith(FORMULA_SIGNS) else value
    return encode(value).decode()
