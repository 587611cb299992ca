import pytest
from django.db import connection


@pytest.mark.django_db
def test_big_tables_are_partitioned_by_month() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'p' ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall()]

    assert tables == ["audit_events", "command_executions", "moderation_log", "overlay_items"]
