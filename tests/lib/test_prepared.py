"""What libpq says when the connection breaks in the middle of a statement."""

import psycopg
import pytest
from django.db import connection
from psycopg.pq import ExecStatus

from waddlebot.lib.prepared import _checked


@pytest.mark.django_db
def test_an_error_without_a_code_is_a_lost_connection() -> None:
    connection.ensure_connection()
    link = connection.connection
    lost = link.pgconn.make_empty_result(ExecStatus.FATAL_ERROR)

    with pytest.raises(psycopg.OperationalError):
        _checked(link, lost)
