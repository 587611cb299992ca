"""The rows of assignments: read and written for a thousand pins at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from labels.data import Ended, Kind, Pin
from labels.models import Label
from labels.operations.assigning import statements
from labels.operations.assigning.deed import Deed, Key, Spell, Target
from waddlebot.lib.arrays import numbers, texts


class Rows:
    """The rows that a deed is about."""

    def __init__(self, deed: Deed) -> None:
        self.deed = deed
        self.is_personal = deed.kind is Kind.USER
        here = (
            "community_id IS NULL" if deed.community_id is None else "community_id = %(community)s"
        )
        self.words: Mapping[str, str] = (
            {**statements.PERSONAL, "here": here, "kind": "", "kind_value": ""}
            if self.is_personal
            else {
                **statements.OTHER,
                "here": f"{here} AND kind = %(kind)s",
                "kind": ", kind",
                "kind_value": ", %(kind)s",
            }
        )
        self.values: Mapping[str, Any] = {
            "community": deed.community_id,
            "kind": deed.kind.value,
            "source": deed.giver.source.value,
            "source_ref": deed.giver.source_ref,
            "by": deed.giver.actor,
            "now": deed.now,
        }

    def held(self, pins: Sequence[Pin]) -> list[Spell]:
        """Return the open spells of the very labels that are named."""
        return [Spell(*row) for row in self._read(statements.HELD, self._keys(pins))]

    def siblings(self, pins: Sequence[Pin], labels: Mapping[int, Label]) -> list[Spell]:
        """Return what stands in the exclusive scopes of the labels that are named."""
        places = {
            (labels[pin.label_id].exclusive_scope, pin.target): None
            for pin in pins
            if pin.label_id in labels and labels[pin.label_id].exclusive
        }
        if not places:
            return []
        scopes, targets = zip(*places, strict=True)
        wanted = {"scopes": texts(scopes), "targets": self._array(targets)}
        return [Spell(*row) for row in self._read(statements.SIBLINGS, wanted)]

    def counts(self, targets: Iterable[Target], *, most: int) -> dict[Target, int]:
        """Return how many labels count on those objects that hold more than `most`."""
        return dict(self._read(statements.COUNT, {"targets": self._array(targets), "most": most}))

    def insert(self, pins: Sequence[Pin], labels: Mapping[int, Label]) -> None:
        given = {
            **self._keys(pins),
            # Of arrays that are shorter PostgreSQL takes NULL.
            "scopes": texts(_unless_empty([labels[pin.label_id].exclusive_scope for pin in pins])),
            "since": _unless_empty([pin.valid_from for pin in pins]),
            "until": _unless_empty([pin.valid_until for pin in pins]),
            "reasons": texts(_unless_empty([pin.reason for pin in pins])),
        }
        self._write(statements.INSERT, given)

    def end(self, ids: Sequence[int], because: Ended) -> None:
        """End spells now; what expired has ended when it was over, by nobody's doing."""
        is_expired = because is Ended.EXPIRED
        ended = {"ids": numbers(ids), "because": because.value}
        self._write(
            statements.END.replace("{ended_at}", "valid_until" if is_expired else "%(now)s"),
            {**ended, "by": ""} if is_expired else ended,
        )

    def expire(self, *, most: int) -> list[Key]:
        """End what is over by now, the oldest first; return what it was."""
        return self._read(statements.EXPIRE, {"because": Ended.EXPIRED.value, "most": most})

    def suppressed(self, pins: Sequence[Pin]) -> set[Key]:
        return set(
            self._read(f"SELECT label_id, user_id {statements.SUPPRESSED}", self._keys(pins))
        )

    def unsuppress(self, pins: Sequence[Pin]) -> None:
        self._write(f"DELETE {statements.SUPPRESSED}", self._keys(pins))

    def suppress(self, spells: Sequence[Spell]) -> None:
        labels, targets = zip(*(spell.key for spell in spells), strict=True)
        self._write(statements.SUPPRESS, {"labels": numbers(labels), "targets": numbers(targets)})

    def _keys(self, pins: Sequence[Pin]) -> dict[str, str]:
        targets = self._array([pin.target for pin in pins])
        return {"labels": numbers(pin.label_id for pin in pins), "targets": targets}

    def _array(self, targets: Iterable[Any]) -> str:
        return numbers(targets) if self.is_personal else texts(list(targets))

    def _read(self, sql: str, values: Mapping[str, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**self.words), {**self.values, **values})
            rows: list[Any] = cursor.fetchall()
            return rows

    def _write(self, sql: str, values: Mapping[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**self.words), {**self.values, **values})


def _unless_empty(values: list[Any]) -> list[Any]:
    return values if any(values) else []
