"""Big tables in monthly partitions, divided by their UUIDv7 primary key.

A UUIDv7 begins with its time, so the key itself is the partition key: one column, unique over
all partitions, and a look-up by id touches one of them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from waddlebot.lib.ids import first_id_of

MONTHS_AHEAD = 3


def _month(moment: datetime, offset: int) -> datetime:
    months = moment.year * 12 + moment.month - 1 + offset
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def partition_statements(table: str, *, now: datetime, ahead: int = MONTHS_AHEAD) -> list[str]:
    """Return the statements that make this month's partition and the next ones of `table`."""
    statements = []
    for offset in range(ahead + 1):
        start, end = _month(now, offset), _month(now, offset + 1)
        statements.append(
            f'CREATE TABLE IF NOT EXISTS "{table}_{start:%Y_%m}" PARTITION OF "{table}" '
            f"FOR VALUES FROM ('{first_id_of(start)}') TO ('{first_id_of(end)}')"
        )
    return statements


def make_partitions(tables: Sequence[str], *, now: datetime) -> None:
    """Make what is missing. Running it twice changes nothing."""
    with connection.cursor() as cursor:
        for table in tables:
            for statement in partition_statements(table, now=now):
                cursor.execute(statement)


class CreatePartitionedModel(migrations.CreateModel):
    """`CreateModel` for a table partitioned by month of its UUIDv7 key, with its first partitions.

    Rows of a month nobody prepared land in the default partition, so none is refused.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: Any,
    ) -> None:
        model: type[models.Model] = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        create, parameters = schema_editor.table_sql(model)
        schema_editor.execute(f"{create} PARTITION BY RANGE (id)", parameters or None)
        table = model._meta.db_table  # noqa: SLF001 - Django documents _meta
        for statement in partition_statements(table, now=datetime.now(UTC)):
            schema_editor.execute(statement)
        schema_editor.execute(f'CREATE TABLE "{table}_default" PARTITION OF "{table}" DEFAULT')
        schema_editor.deferred_sql.extend(schema_editor._model_indexes_sql(model))  # type: ignore[attr-defined]  # noqa: SLF001
