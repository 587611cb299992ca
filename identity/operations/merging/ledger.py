"""What a merge did, table by table, in as much detail as it takes to undo it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from identity.operations.merging.handover import Handover
from identity.registry import PersonalTable, personal_tables

Step = Mapping[str, Any]
"""`{"table", "op": "joined", "rows": [{"row", "into", "before", "after"}]}` or
`{"table", "op": "moved", "pks"}`."""


def hand_over(*, source: int, target: int) -> list[Step]:
    """Make all that is the source's the target's. Return the steps, first things first."""
    return [step for entry in merged_tables() for step in _steps(entry, source, target)]


def hand_back(ledger: Iterable[Step], *, source: int, target: int) -> None:
    """Undo the steps: the source had joined the target, and becomes somebody again."""
    entries = {entry.name: entry for entry in merged_tables()}
    for step in reversed(list(ledger)):
        entry = entries.get(step["table"])
        if entry is None:
            continue  # The app was removed since, and its table with it.
        if step["op"] == "joined":
            handover = Handover(entry, source=target, target=source)
            handover.recall(step["rows"])
            handover.release(step["rows"])
        else:
            handover = Handover(entry, source=target, target=source, only=step["pks"])
            handover.join()
            handover.move()


def count_moves(*, source: int, target: int) -> list[dict[str, Any]]:
    """Return how many rows `hand_over` would move in each table, and join with others there."""
    counted = [
        (entry.name, *Handover(entry, source=source, target=target).count())
        for entry in merged_tables()
    ]
    return [
        {"table": name, "rows": rows, "joined": joined} for name, rows, joined in counted if rows
    ]


def moves_in(ledger: Iterable[Step]) -> list[dict[str, Any]]:
    """Return the same of what was done."""
    moves: dict[str, dict[str, Any]] = {}
    for step in ledger:
        done = len(step.get("rows") or step.get("pks", ()))
        move = moves.setdefault(step["table"], {"table": step["table"], "rows": 0, "joined": 0})
        move["rows"] += done
        move["joined"] += done if step["op"] == "joined" else 0
    return list(moves.values())


def rows_moved(ledger: Iterable[Step]) -> set[tuple[str, Any]]:
    return {(step["table"], pk) for step in ledger if step["op"] == "moved" for pk in step["pks"]}


def rows_joined_into(ledger: Iterable[Step]) -> set[tuple[str, Any]]:
    return {
        (step["table"], row["into"])
        for step in ledger
        if step["op"] == "joined"
        for row in step["rows"]
    }


def merged_tables() -> tuple[PersonalTable, ...]:
    return tuple(entry for entry in personal_tables() if entry.merge)


def _steps(entry: PersonalTable, source: int, target: int) -> Iterator[Step]:
    if entry.before_merge:
        entry.before_merge(source, target)
    handover = Handover(entry, source=source, target=target)
    if rows := handover.join():
        yield {"table": entry.name, "op": "joined", "rows": rows}
    if pks := handover.move():
        yield {"table": entry.name, "op": "moved", "pks": pks}
