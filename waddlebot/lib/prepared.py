"""Statements of the hot path that take and return little, prepared once a connection."""

from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus

_known: Final["WeakKeyDictionary[psycopg.Connection[Any], set[bytes]]"] = WeakKeyDictionary()


class Statement:
    """One statement with one JSON parameter, `$1::json`, that returns one column of text.

    psycopg spends more on adapting a dozen parameters than PostgreSQL on inserting the row, so
    outside a transaction libpq is asked directly: a tenth of the cost.
    """

    def __init__(self, name: str, sql: str) -> None:
        self.name = f"waddlebot_{name}".encode()
        self.sql = sql
        self.by_cursor = sql.replace("%", "%%").replace("$1", "%s")

    def run(self, parameter: bytes) -> list[str]:
        """Return the rows. Takes part in Django's transaction and raises Django's errors."""
        connection.ensure_connection()
        if connection.queries_logged:
            connection.queries_log.append({"sql": self.sql, "time": "0.000"})
        with connection.wrap_database_errors:
            link: psycopg.Connection[Any] = connection.connection
            # Inside a transaction psycopg has its BEGIN still to send.
            idle = link.pgconn.transaction_status == TransactionStatus.IDLE
            if link.autocommit and idle and not connection.in_atomic_block:
                return self._run_at_once(link, parameter)
            with psycopg.Cursor(link) as cursor:
                cursor.execute(self.by_cursor, [parameter.decode()], prepare=True)
                return [str(row[0]) for row in cursor.fetchall()]

    def _run_at_once(self, link: "psycopg.Connection[Any]", parameter: bytes) -> list[str]:
        known = _known.setdefault(link, set())
        if self.name not in known:
            _checked(link, link.pgconn.prepare(self.name, self.sql.encode()))
            known.add(self.name)
        result = _checked(link, link.pgconn.exec_prepared(self.name, [parameter]))
        rows = (result.get_value(row, 0) for row in range(result.ntuples))
        return [value.decode() for value in rows if value is not None]


def _checked(link: "psycopg.Connection[Any]", result: Any) -> Any:
    if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
        return result
    # What PostgreSQL refuses has a code; without one it is libpq that lost the connection.
    if result.error_field(DiagnosticField.SQLSTATE) is None:
        raise psycopg.OperationalError("the connection to PostgreSQL is lost")
    raise psycopg.errors.error_from_result(result)
