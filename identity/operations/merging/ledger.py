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


def merged_tables() -> tuple[PersonalTable, ...]:
    return tuple(entry for entry in personal_tables() if entry.merge)


def _steps(entry: PersonalTable, source: int, target: int) -> Iterator[Step]:
    handover = Handover(entry, source=source, target=target)
    if rows := handover.join():
        yield {"table": entry.name, "op": "joined", "rows": rows}
    if pks := handover.move():
        yield {"table": entry.name, "op": "moved", "pks": pks}
