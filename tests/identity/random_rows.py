"""Rows made up for any model, so that a new personal table is tried the day it is registered."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, models

from identity.models import User
from identity.registry import PersonalTable, personal_tables

_numbers = itertools.count(1)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class Maker:
    """Makes rows that often collide where they may: there are few parents and few days."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret hangs on it.
        self.parents: dict[type[models.Model], list[Any]] = {}

    def fill(self, entry: PersonalTable, user_id: int, count: int) -> None:
        rows = [
            entry.model(**self._values(entry.model) | self._words(entry) | {entry.column: user_id})
            for _ in range(count)
        ]
        entry.model._base_manager.bulk_create(rows, ignore_conflicts=True)

    def _words(self, entry: PersonalTable) -> dict[str, str]:
        fields = {field.attname: field for field in entry.model._meta.concrete_fields}
        return {
            name: self.random.choice(["cheer", "raid"])
            for name in entry.unique_with
            if isinstance(fields[name], models.CharField)
        }

    def _values(self, model: type[models.Model]) -> dict[str, Any]:
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        values = {field.attname: self._value(field) for field in fields}
        if "exclusive_scope" in values:
            values |= {"exclusive_scope": self.random.choice(["", "tier"])}
        if "ended_because" in values and values["ended_at"] is None:
            values |= {"ended_because": "", "ended_by": ""}
        if "is_system" in values:
            values |= {"is_system": values["community_id"] is None, "exclusive": False}
        return values | {"color": "#64748b"} if "color" in values else values

    def _value(self, field: Any) -> Any:
        if isinstance(field, models.ForeignKey):
            return None if field.null else self._parent(field.related_model).pk
        if field.null and self.random.random() < 0.3:
            return None
        if field.choices:
            return self.random.choice(field.choices)[0]
        kind = field.get_internal_type()
        if kind == "CharField":
            return f"w{next(_numbers)}"[: field.max_length]
        return self._made(kind)

    def _made(self, kind: str) -> Any:
        number = self.random.randrange(1, 100)
        return {
            "BinaryField": bytes([number]) * 32,
            "BooleanField": number > 50,
            "DateField": date(2026, 1, number % 3 + 1),
            "DateTimeField": FIRST + timedelta(seconds=number, microseconds=number),
            "ArrayField": ["router:read"],
            "GenericIPAddressField": f"192.0.2.{number}",
            "JSONField": {"n": number},
        }.get(kind, number)

    def _parent(self, model: type[models.Model]) -> Any:
        if model not in self.parents:
            made = [model(**self._values(model) | self._named(model)) for _ in range(3)]
            self.parents[model] = model._base_manager.bulk_create(made)
        return self.random.choice(self.parents[model])

    def _named(self, model: type[models.Model]) -> dict[str, str]:
        names = {field.name for field in model._meta.concrete_fields} & {
            "name",
            "slug",
            "username",
        }
        return {name: f"name-{next(_numbers)}" for name in names}


def dump() -> dict[str, list[str]]:
    """Return every row of every table that holds people's rows, and of people themselves."""
    tables = sorted({entry.table for entry in personal_tables()} - {"account_merges"})
    return {table: list(_rows(table)) for table in [*tables, User._meta.db_table]}


def _rows(table: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t ORDER BY id')  # noqa: S608
        yield from (row for (row,) in cursor.fetchall())
