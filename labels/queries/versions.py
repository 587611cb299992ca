"""What is true of a community's labels, and until when it is unless somebody changes it."""

from datetime import datetime
from typing import Final

from django.db import connection

VERSION: Final = """
SELECT (SELECT version FROM label_versions WHERE community_id = %s),
    (SELECT version FROM label_versions WHERE community_id IS NULL)
"""
NEXT: Final = (
    "(SELECT min({edge}) FROM {table} WHERE {whose} AND ended_at IS NULL AND {edge} > %(now)s)"
)
NEXT_CHANGE: Final = "SELECT least({})".format(
    ", ".join(
        NEXT.format(edge=edge, table=table, whose=whose)
        for edge in ("valid_from", "valid_until")
        for table in ("user_labels", "object_labels")
        for whose in ("community_id = %(community_id)s", "community_id IS NULL")
    )
)


def version_of(community_id: int) -> str:
    """Return what is another one once its labels, the system's, or their holders change."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [community_id])
        return " ".join(map(str, cursor.fetchone()))


def next_change(community_id: int, now: datetime) -> datetime | None:
    """Return when the next assignment begins or ends by itself."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_CHANGE, {"community_id": community_id, "now": now})
        moment: datetime | None = cursor.fetchone()[0]
        return moment
