"""The first line of an import: it names the columns."""

from collections.abc import Sequence
from typing import Final

from labels.queries.jobs import OUTCOME
from waddlebot.lib.errors import Flaw, InvalidError

COLUMNS: Final = (
    "label", "kind", "object_id", "platform", "platform_user_id", "user_name", "action",
    "valid_from", "valid_until", "reason",
)  # fmt: skip


class BadHeaderError(InvalidError):
    code = "bad_header"

    def __init__(self, detail: str) -> None:
        flaw = Flaw("#/1", f"The columns are {', '.join(COLUMNS)}.")
        super().__init__(detail, errors=[flaw])


def columns_of(header: Sequence[str]) -> list[str]:
    """Return the columns a header names, in order; raises BadHeaderError.

    Those of a result are known and say nothing: its lines can be mended and sent again.
    """
    columns = [name.strip().casefold().replace(" ", "_") for name in header]
    while columns and not columns[-1]:
        columns.pop()
    for name in columns:
        if name not in COLUMNS and name not in OUTCOME:
            raise BadHeaderError(f"The first line names a column that is not known: {shown(name)}")
        if columns.count(name) > 1:
            raise BadHeaderError(f"The first line names {name} twice.")
    if "label" not in columns:
        raise BadHeaderError("The first line must name the columns: there is no label among them.")
    if "object_id" not in columns and not {"platform", "platform_user_id"} <= set(columns):
        raise BadHeaderError("The lines need object_id, or platform and platform_user_id.")
    return columns


def shown(name: str) -> str:
    """Return somebody's text as one may repeat it to them."""
    printable = "".join(each if each.isprintable() else "?" for each in name[:40])
    return f'"{printable}"'
