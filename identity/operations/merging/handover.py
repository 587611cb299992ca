"""Rows of one table, on their way from one person to another."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from identity.operations.merging import statements
from identity.registry import PersonalTable


class Handover:
    """Hands rows of one table from `source` to `target`; of these, only those `only` names."""

    def __init__(
        self, entry: PersonalTable, *, source: int, target: int, only: Sequence[Any] | None = None
    ) -> None:
        self.entry = entry
        meta = entry.model._meta  # noqa: SLF001 - Django documents _meta
        self.fields = {str(field.column): field for field in meta.concrete_fields}
        self.names = {
            "table": _quoted(entry.table),
            "person": _quoted(entry.column),
            "pk": _quoted(str(meta.pk.column)),
            "pk_type": str(meta.pk.rel_db_type(connection)),
        }
        self.parameters: dict[str, Any] = {"source": source, "target": target}
        self.names["which"] = self._which(only)

    def count(self) -> tuple[int, int]:
        """Return how many rows would go, and how many of them collide."""
        ((rows, joined),) = self._run(statements.COUNT, same=self._same())
        return rows, joined

    def join(self) -> list[dict[str, Any]]:
        """Add what collides to the target's rows, and remove it. Return what became of each."""
        if not self.entry.unique_with:
            return []
        gains = self._gains("mine", "theirs")
        found = self._run(statements.JOIN, same=self._same(), gains=gains)
        return [
            {
                "row": row,
                "into": kept,
                "before": self._high(before),
                "after": self._high(after),
            }
            for row, kept, before, after in found
        ]

    def move(self) -> list[Any]:
        """Make the rows the target's, and return their primary keys."""
        return [key for (key,) in self._run(statements.MOVE)]

    def recall(self, noted: Sequence[Mapping[str, Any]]) -> None:
        """Bring back to the target what `join` had noted, while the joined rows are there."""
        self._run(
            statements.RECALL,
            noted,
            columns=", ".join(map(_quoted, self.fields)),
            values=", ".join(map(self._value, self.fields)),
            unique=", ".join(map(_quoted, (self.entry.column, *self.entry.unique_with))),
            gains=self._gains(self.names["table"], "excluded"),
        )

    def release(self, noted: Sequence[Mapping[str, Any]]) -> None:
        """Take off the source's rows what `join` had added to them."""
        losses = [self._unchanged("mine"), *(self._loss(name) for name in self.entry.summed)]
        losses += [statements.LOWERED.format(column=_quoted(name)) for name in self.entry.highest]
        self._run(statements.RELEASE, noted, losses=", ".join(losses))

    def _run(
        self, statement: str, noted: Sequence[Mapping[str, Any]] | None = None, **parts: str
    ) -> list[Any]:
        parameters = self.parameters | ({} if noted is None else {"noted": json.dumps(noted)})
        with connection.cursor() as cursor:
            cursor.execute(statement.format(**self.names, **parts), parameters)
            rows = cursor.fetchall() if cursor.description else []
        # Django has psycopg leave JSON as text.
        return [
            [json.loads(each) if isinstance(each, str) else each for each in row] for row in rows
        ]

    def _which(self, only: Sequence[Any] | None) -> str:
        """Return which of the source's rows are meant, all of them unless something is named."""
        conditions = ["true"]
        if self.entry.where:
            rows = self.entry.model._base_manager.filter(**self.entry.where).values("pk")  # noqa: SLF001
            query, values = rows.query.sql_with_params()
            named = {f"where_{number}": value for number, value in enumerate(values)}
            self.parameters |= named
            query %= tuple(f"%({name})s" for name in named)
            conditions.append(f"theirs.{self.names['pk']} IN ({query})")
        if only is not None:
            self.parameters["only"] = list(only)
            conditions.append("theirs.{pk} = ANY(%(only)s::{pk_type}[])".format(**self.names))
        return " AND ".join(conditions)

    def _same(self) -> str:
        columns = map(_quoted, self.entry.unique_with)
        return " AND ".join(f"theirs.{name} = mine.{name}" for name in columns) or "false"

    def _value(self, column: str) -> str:
        if column == self.entry.column:
            return "%(target)s"
        name = _quoted(column)
        return (
            f"LEAST(theirs.{name}, mine.{name})"
            if column in self.entry.highest
            else f"theirs.{name}"
        )

    def _gains(self, mine: str, theirs: str) -> str:
        """Return the assignments of a joined row, the least of them being that nothing changes."""
        rules = dict.fromkeys(self.entry.summed, statements.SUMMED)
        rules |= dict.fromkeys(self.entry.highest, statements.RAISED)
        gains = [
            rule.format(column=_quoted(name), mine=mine, theirs=theirs)
            for name, rule in rules.items()
        ]
        return ", ".join([self._unchanged(mine), *gains])

    def _loss(self, name: str) -> str:
        is_positive = self.fields[name].get_internal_type().startswith("Positive")
        rule = statements.GIVEN_BACK_TO_ZERO if is_positive else statements.GIVEN_BACK
        return rule.format(column=_quoted(name))

    def _unchanged(self, mine: str) -> str:
        return f"{self.names['person']} = {mine}.{self.names['person']}"

    def _high(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in self.entry.highest}


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
