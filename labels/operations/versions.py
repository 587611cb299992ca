"""Making what is remembered of searches void."""

from typing import Final

from django.db import connection

RENEW: Final = """
INSERT INTO label_versions (community_id) VALUES (%s)
ON CONFLICT (community_id) DO UPDATE SET version = DEFAULT
"""


def renew_version(community_id: int | None) -> None:
    """Say that a community's labels, or who holds them, are changed by this transaction.

    Others who say so of the same community wait for its end: call it after all other locks, but
    before the log's.
    """
    with connection.cursor() as cursor:
        cursor.execute(RENEW, [community_id])
