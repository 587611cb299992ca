"""Making people of platform accounts nobody has seen before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.contrib.auth.hashers import make_password
from django.db import connection

from identity.data import Sighting
from identity.models import new_public_id

LONGEST_NAME: Final = 100
AT_ONCE: Final = 1000

# The link decides the race; only its winner makes the user. PostgreSQL checks the link's
# foreign key when the statement is over, by when the user is there. The order is everybody's,
# so that two who stage the same people never wait for each other.
STAGE: Final = """
WITH seen AS (
    SELECT * FROM json_to_recordset(%(seen)s::json) AS row(platform text, platform_user_id text,
        user_name text, display_name text, public_id text)
),
link AS (
    INSERT INTO identity_links
        (user_id, platform, platform_user_id, platform_username, display_name, created_at)
    SELECT nextval(pg_get_serial_sequence('auth_user', 'id')), platform, platform_user_id,
        user_name, display_name, %(now)s
    FROM (SELECT * FROM seen ORDER BY platform, platform_user_id) AS ordered
    ON CONFLICT (platform, platform_user_id) DO NOTHING
    RETURNING user_id, platform, platform_user_id
)
INSERT INTO auth_user
    (id, public_id, username, password, display_name, first_name, last_name, email,
     is_staged, is_active, is_staff, is_superuser, date_joined)
SELECT user_id, public_id, public_id, %(password)s, COALESCE(NULLIF(display_name, ''), user_name),
    '', '', '', true, true, false, false, %(now)s
FROM link JOIN seen USING (platform, platform_user_id)
"""


def stage(sightings: Sequence[Sighting], *, now: datetime) -> None:
    """Make a staged person of each account that has nobody yet, a thousand a statement."""
    for start in range(0, len(sightings), AT_ONCE):
        rows = [_row(each) for each in sightings[start : start + AT_ONCE]]
        seen = msgspec.json.encode(rows).decode()
        # Nobody's password: none of them can sign in.
        values: dict[str, Any] = {"seen": seen, "password": make_password(None), "now": now}
        with connection.cursor() as cursor:
            cursor.execute(STAGE, values)


def _row(sighting: Sighting) -> dict[str, str]:
    return {
        "platform": sighting.platform,
        "platform_user_id": sighting.platform_user_id,
        "user_name": sighting.user_name[:LONGEST_NAME],
        "display_name": sighting.display_name[:LONGEST_NAME],
        "public_id": new_public_id(),
    }
