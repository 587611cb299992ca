"""Which tables hold somebody's rows, and what becomes of them.

Each app names its own in `personal.py`; a test fails when a column that names a person is named
by nobody. Merging, exporting and erasing read this list, so that a new table takes part in all
three by one line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import models


class OnErasure(StrEnum):
    """What is done with somebody's rows when they are erased."""

    DELETE = "deleted"
    UNLINK = "unlinked"  # The row stays, its column becomes NULL.
    KEEP = "kept"  # It holds nothing but the number of somebody who has no name any more.
    PSEUDONYMISE = "pseudonymised"  # What named them in it is replaced.


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody who is being erased, and all they could be recognised by."""

    user_ids: tuple[int, ...]
    """Their own id first, then those of accounts that were merged into theirs."""
    names: frozenset[str]
    accounts: frozenset[tuple[str, str]]
    """(platform, platform_user_id) of everything that was linked or merely seen."""
    community_ids: frozenset[int]
    closed_ids: frozenset[int]
    """Communities in which nobody but them was a member: these go with them."""
    now: datetime


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """Rows of `model` whose `column` is the id of a person.

    Merging moves them. Where the survivor has a row with the same `unique_with` already, that one
    stays: `summed` columns are added to it, `highest` ones raised, and the other row goes.
    `merge=False` leaves them where they are: they tell what the absorbed account did or proved.

    `hidden` columns are exported to nobody (secrets and hashes of them); `actors` say who did it,
    and of others no more than that. `where` names further conditions on the rows,
    `within_communities` that the table is searched by its `community_id`, since no index leads
    from the person. `before_merge(source, target)` makes way for rows that could not stand side
    by side otherwise, before they move.
    """

    app: str
    model: type[models.Model]
    column: str = "user_id"
    merge: bool = True
    unique_with: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    highest: tuple[str, ...] = ()
    on_erasure: OnErasure = OnErasure.DELETE
    export: bool = True
    hidden: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    within_communities: bool = False
    before_merge: Callable[[int, int], None] | None = None

    def __post_init__(self) -> None:
        if self.merge and self.unique_with and self.hidden:
            # A joined row is kept in the merge's ledger, in clear.
            raise ValueError(f"{self.name} cannot be joined: it holds secrets")

    @property
    def table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001 - Django documents _meta

    @property
    def name(self) -> str:
        """Return the table's name, with the column where it is not the usual one."""
        return self.table if self.column in {"id", "user_id"} else f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class PersonalTrace:
    """Where somebody is named otherwise than by a column: by a platform's id, in a text, in Redis.

    `export` returns their rows (given the user's id), `erase` the number of places cleaned, in
    the transaction that erases; `action` is what the receipt calls that.
    """

    app: str
    name: str
    export: Callable[[int], Iterable[Mapping[str, Any]]] | None
    erase: Callable[[Departure], int] | None
    action: OnErasure = OnErasure.PSEUDONYMISE


_tables: dict[str, PersonalTable] = {}
_traces: dict[str, PersonalTrace] = {}


def register(*entries: PersonalTable | PersonalTrace) -> None:
    """Add tables and traces. Raises ValueError when one is named twice."""
    for entry in entries:
        known: dict[str, Any] = _tables if isinstance(entry, PersonalTable) else _traces
        if entry.name in known:
            raise ValueError(f"{entry.name} is registered twice")
        known[entry.name] = entry


def personal_tables() -> tuple[PersonalTable, ...]:
    return tuple(_tables.values())


def personal_traces() -> tuple[PersonalTrace, ...]:
    return tuple(_traces.values())
