"""The statements of assigning: each reads or writes for a thousand pins at once.

A LATERAL with a LIMIT is looked up pin by pin in an index, however the planner guesses.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from labels.data import Ended, Kind, Pin
from labels.models import Label
from labels.operations.assigning.deed import Deed, Key, Spell, Target

HELD: Final = """
SELECT {columns} FROM unnest(%(labels)s::bigint[], %(targets)s::{type}[]) AS pin(label, target)
CROSS JOIN LATERAL (
    SELECT {columns} FROM {table} WHERE label_id = pin.label AND {object} = pin.target
    AND ended_at IS NULL LIMIT 1
) AS spell
"""
SIBLINGS: Final = """
SELECT {columns} FROM unnest(%(scopes)s::text[], %(targets)s::{type}[]) AS pin(scope, target)
CROSS JOIN LATERAL (
    SELECT {columns} FROM {table} WHERE {here} AND exclusive_scope = pin.scope
    AND exclusive_scope <> '' AND {object} = pin.target AND ended_at IS NULL LIMIT 1
) AS spell
"""
COUNT: Final = """
SELECT {object}, count(*) FROM {table}
WHERE {object} = ANY(%(targets)s::{type}[]) AND {here} AND ended_at IS NULL
AND (valid_until IS NULL OR valid_until > %(now)s)
GROUP BY {object} HAVING count(*) > %(most)s
"""
INSERT: Final = """
INSERT INTO {table} (label_id, {object}, exclusive_scope, valid_from, valid_until, reason,
    community_id, source, source_ref, given_at, given_by{kind})
SELECT label, target, scope, since, until, COALESCE(reason, ''),
    %(community)s, %(source)s, %(source_ref)s, %(now)s, %(by)s{kind_value}
FROM unnest(%(labels)s::bigint[], %(targets)s::{type}[], %(scopes)s::text[],
    %(since)s::timestamptz[], %(until)s::timestamptz[], %(reasons)s::text[])
    AS pin(label, target, scope, since, until, reason)
"""
END: Final = """
UPDATE {table} SET ended_at = {ended_at}, ended_by = %(by)s, ended_because = %(because)s
WHERE id = ANY(%(ids)s) AND ended_at IS NULL
"""
SUPPRESS: Final = """
INSERT INTO label_suppressions (label_id, user_id, created_at, created_by)
SELECT label, target, %(now)s, %(by)s
FROM unnest(%(labels)s::bigint[], %(targets)s::bigint[]) AS pin(label, target)
ON CONFLICT DO NOTHING
"""
SUPPRESSED: Final = """
FROM label_suppressions WHERE (label_id, user_id) IN (
    SELECT * FROM unnest(%(labels)s::bigint[], %(targets)s::bigint[])
)
"""


COLUMNS: Final = "id, label_id, {}, exclusive_scope, valid_from, valid_until, source, source_ref"
PERSONAL: Final = {
    "table": "user_labels",
    "object": "user_id",
    "type": "bigint",
    "columns": COLUMNS.format("user_id"),
}
OTHER: Final = {
    "table": "object_labels",
    "object": "object_id",
    "type": "text",
    "columns": COLUMNS.format("object_id"),
}


class Rows:
    """The rows that a deed is about."""

    def __init__(self, deed: Deed) -> None:
        self.deed = deed
        self.is_personal = deed.kind is Kind.USER
        here = (
            "community_id IS NULL" if deed.community_id is None else "community_id = %(community)s"
        )
        self.words: Mapping[str, str] = (
            {**PERSONAL, "here": here, "kind": "", "kind_value": ""}
            if self.is_personal
            else {
                **OTHER,
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
        return [Spell(*row) for row in self._read(HELD, _keys(pins))]

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
        return [
            Spell(*row)
            for row in self._read(SIBLINGS, {"scopes": list(scopes), "targets": list(targets)})
        ]

    def counts(self, targets: Iterable[Target], *, most: int) -> dict[Target, int]:
        """Return how many labels count on those objects that hold more than `most`."""
        return dict(self._read(COUNT, {"targets": list(targets), "most": most}))

    def insert(self, pins: Sequence[Pin], labels: Mapping[int, Label]) -> None:
        given = {
            **_keys(pins),
            "scopes": [labels[pin.label_id].exclusive_scope for pin in pins],
            # Of arrays that are shorter PostgreSQL takes NULL.
            "since": _unless_empty([pin.valid_from for pin in pins]),
            "until": _unless_empty([pin.valid_until for pin in pins]),
            "reasons": _unless_empty([pin.reason for pin in pins]),
        }
        self._write(INSERT, given)

    def end(self, ids: Sequence[int], because: Ended) -> None:
        """End spells now; what expired has ended when it was over, by nobody's doing."""
        is_expired = because is Ended.EXPIRED
        ended = {"ids": list(ids), "because": because.value}
        self._write(
            END.replace("{ended_at}", "valid_until" if is_expired else "%(now)s"),
            {**ended, "by": ""} if is_expired else ended,
        )

    def suppressed(self, pins: Sequence[Pin]) -> set[Key]:
        return set(self._read(f"SELECT label_id, user_id {SUPPRESSED}", _keys(pins)))

    def unsuppress(self, pins: Sequence[Pin]) -> None:
        self._write(f"DELETE {SUPPRESSED}", _keys(pins))

    def suppress(self, spells: Sequence[Spell]) -> None:
        labels, targets = zip(*(spell.key for spell in spells), strict=True)
        self._write(SUPPRESS, {"labels": list(labels), "targets": list(targets)})

    def _read(self, sql: str, values: Mapping[str, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**self.words), {**self.values, **values})
            rows: list[Any] = cursor.fetchall()
            return rows

    def _write(self, sql: str, values: Mapping[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**self.words), {**self.values, **values})


def _keys(pins: Sequence[Pin]) -> dict[str, list[Any]]:
    return {"labels": [pin.label_id for pin in pins], "targets": [pin.target for pin in pins]}


def _unless_empty(values: list[Any]) -> list[Any]:
    return values if any(values) else []
