"""What one line of an import wishes for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final, TypeVar

from identity.data import Sighting
from labels.data import Kind, Result, Status
from labels.operations.assigning import Wish
from waddlebot.lib.errors import InvalidError

T = TypeVar("T")

PLATFORM: Final = re.compile(r"[a-z][a-z0-9_-]{0,29}")
LONGEST_CELL: Final = 500
LONGEST_REASON: Final = 200
LONGEST_ID: Final = 100
KINDS: Final[Mapping[str, Kind]] = {kind.value: kind for kind in Kind}
ACTIONS: Final[Mapping[str, bool]] = {"add": False, "remove": True}


@dataclass(frozen=True, slots=True)
class Line:
    """`sighting` is somebody who may have to be made first."""

    wish: Wish
    removes: bool
    sighting: Sighting | None = None


def within(cells: list[str], columns: int) -> list[str]:
    """Return as much of a record as it takes to judge it: a thousand may be in hand at once."""
    beyond = next((cell for cell in cells[columns:] if cell), "")
    kept = [*cells[:columns], beyond] if beyond else cells[:columns]
    return [cell[: LONGEST_CELL + 1] for cell in kept]


class LineReader:
    """Reads cells by the columns of the header; `kind` and `removes` is what goes unsaid."""

    def __init__(self, columns: Sequence[str], *, kind: Kind, removes: bool) -> None:
        self.columns = columns
        self.kind = kind
        self.removes = removes

    def read(self, cells: Sequence[str]) -> Line | Result | None:
        """Return what a line wishes for, what is wrong with it, or None when it is blank."""
        if not any(cells):
            return None
        try:
            return self._line(self._named(cells))
        except InvalidError as error:
            return Result(Status.ERROR, error.code, error.detail)

    def _named(self, cells: Sequence[str]) -> dict[str, str]:
        if any(cells[len(self.columns) :]):
            raise InvalidError("There are more cells than columns.")
        if max(map(len, cells)) > LONGEST_CELL:
            raise InvalidError(f"A cell has more than {LONGEST_CELL} characters.")
        if any("\0" in cell for cell in cells):
            raise InvalidError("A cell holds a NUL character.")
        named = zip_longest(self.columns, cells[: len(self.columns)], fillvalue="")
        return {name: cell.strip() for name, cell in named}

    def _line(self, cells: Mapping[str, str]) -> Line:
        if not cells["label"]:
            raise InvalidError("No label is named.")
        kind = _one_of(KINDS, cells.get("kind"), self.kind, "kind")
        removes = _one_of(ACTIONS, cells.get("action"), self.removes, "action")
        object_id, sighting = _object(cells, kind)
        reason = cells.get("reason", "")
        if len(reason) > LONGEST_REASON:
            raise InvalidError(f"A reason has at most {LONGEST_REASON} characters.")
        wish = Wish(
            label=cells["label"],
            kind=kind,
            object_id=object_id,
            valid_from=_moment(cells.get("valid_from"), "valid_from"),
            valid_until=_moment(cells.get("valid_until"), "valid_until"),
            reason=reason,
        )
        return Line(wish, removes, None if removes else sighting)


def _object(cells: Mapping[str, str], kind: Kind) -> tuple[str, Sighting | None]:
    object_id = cells.get("object_id", "")
    platform, account_id = cells.get("platform", ""), cells.get("platform_user_id", "")
    if object_id:
        if account_id:
            raise InvalidError("Name the object by object_id or by its account, not by both.")
        return object_id, None
    if not account_id:
        raise InvalidError("No object is named.")
    if kind is not Kind.USER:
        raise InvalidError(f"A {kind.value} has no account: name it by object_id.")
    if not PLATFORM.fullmatch(platform) or len(account_id) > LONGEST_ID:
        raise InvalidError("There is no such account: a platform is a word like twitch.")
    name = cells.get("user_name", "")
    return f"{platform}:{account_id}", Sighting(platform, account_id, name) if name else None


def _one_of(known: Mapping[str, T], cell: str | None, usual: T, name: str) -> T:
    if not cell:
        return usual
    if (value := known.get(cell.casefold())) is None:
        raise InvalidError(f"{name} is one of {', '.join(known)}.")
    return value


def _moment(cell: str | None, name: str) -> datetime | None:
    """Read a time as RFC 3339 has it, or a day; it is UTC unless it says otherwise."""
    if not cell:
        return None
    try:
        moment = datetime.fromisoformat(cell)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidError(f"{name} is a time like 2026-11-23T10:00:00Z.") from None
