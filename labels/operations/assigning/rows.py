"""The rows of assignments: read and written for a thousand pins at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.db import connection

from labels.data import Ended, Kind, Pin, Source
from labels.operations.assigning import statements
from labels.operations.assigning.deed import Deed, Key, Spell
from labels.operations.assigning.plan import Known
from waddlebot.lib.arrays import numbers, texts

READ: Final = ";".join((statements.LABELS, statements.HELD, statements.NEAR_THE_LIMIT))


class Rows:
    """The rows that a deed is about."""

    def __init__(self, deed: Deed) -> None:
        self.deed = deed
        self.is_personal = deed.kind is Kind.USER
        place = "IS NULL" if deed.community_id is None else "= %(community)s"
        here = f"community_id {place}"
        self.words: Mapping[str, str] = {
            **(statements.PERSONAL if self.is_personal else statements.OTHER),
            "in_community": here,
            "here": here if self.is_personal else f"{here} AND kind = %(kind)s",
        }
        self.values: Mapping[str, Any] = {
            "community": deed.community_id,
            "kind": deed.kind.value,
            "source": deed.giver.source.value,
            "source_ref": deed.giver.source_ref,
            "by": deed.giver.actor,
            "now": deed.now,
        }

    def known(self, pins: Sequence[Pin]) -> Known:
        """Read what pins are about, in one round trip."""
        most = max(Counter([pin.target for pin in pins]).values(), default=0)
        wanted = {
            **self._keys(pins),
            "named": numbers({pin.label_id for pin in pins}),
            "usual_limit": settings.LABELS_PER_OBJECT,
            "wanted": most,
        }
        labels, held, counts = self._read_all(READ, wanted)
        return Known(
            scopes={row[0]: row[1] for row in labels},
            spells=[Spell(*row) for row in held],
            held=dict(counts),
            limit=labels[0][3] if labels else 0,
            unwanted=frozenset(row[0] for row in labels if row[2]),
        )

    def known_to_give(self, pins: Sequence[Pin]) -> Known:
        """Read what would be in the way too, in a second one where anything can be."""
        known = self.known(pins)
        places = {(scope, p.target) for p in pins if (scope := known.scopes.get(p.label_id))}
        if places:
            names, targets = zip(*places, strict=True)
            wanted = {"scopes": texts(names), "targets": self._array(targets)}
            siblings = self._read(statements.SIBLINGS, wanted)
            known.spells = [*known.spells, *(Spell(*row) for row in siblings)]
        if known.unwanted and self.is_personal and self.deed.giver.source is Source.RULE:
            sql = f"SELECT label_id, user_id {statements.SUPPRESSED}"
            known.suppressed = frozenset(self._read(sql, self._keys(pins)))
        return known

    def insert(self, pins: Sequence[Pin], scopes: Mapping[int, str]) -> None:
        given = {
            **self._keys(pins),
            # Of arrays that are shorter PostgreSQL takes NULL.
            "scopes": texts(_unless_empty([scopes[pin.label_id] for pin in pins])),
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

    def unsuppress(self, pins: Sequence[Pin]) -> None:
        self._write(f"DELETE {statements.SUPPRESSED}", self._keys(pins))

    def suppress(self, spells: Sequence[Spell]) -> None:
        labels = numbers([spell.label_id for spell in spells])
        targets = numbers(int(spell.target) for spell in spells)
        self._write(statements.SUPPRESS, {"labels": labels, "targets": targets})

    def _keys(self, pins: Sequence[Pin]) -> dict[str, str]:
        targets = self._array([pin.target for pin in pins])
        return {"labels": numbers([pin.label_id for pin in pins]), "targets": targets}

    def _array(self, targets: Iterable[Any]) -> str:
        return numbers(targets) if self.is_personal else texts(list(targets))

    def _read(self, sql: str, values: Mapping[str, Any]) -> list[Any]:
        (rows,) = self._read_all(sql, values)
        return rows

    def _read_all(self, sql: str, values: Mapping[str, Any]) -> Iterator[list[Any]]:
        """Yield the rows of each statement in `sql`."""
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**self.words), {**self.values, **values})
            yield cursor.fetchall()
            while cursor.nextset():
                yield cursor.fetchall()

    def _write(self, sql: str, values: Mapping[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**self.words), {**self.values, **values})


def _unless_empty(values: list[Any]) -> list[Any]:
    return values if any(values) else []
