"""Whose points they are: the people behind platform accounts, and when they were last seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import connection

from identity.data import Sighting
from identity.operations.staging import LONGEST_NAME, stage
from waddlebot.lib.cache import SEPARATOR, announce

SEEN_EVERY: Final = timedelta(hours=1)
"""When somebody was last seen is written this often: a year of absence is counted in days."""

# Locked, so that nobody is merged or erased between the look and the addition.
OWNERS: Final = """
SELECT link.platform, link.platform_user_id, link.user_id, link.platform_username,
    link.display_name, link.last_seen_at
FROM identity_links AS link JOIN json_to_recordset(%s::json)
    AS row(platform text, platform_user_id text) USING (platform, platform_user_id)
ORDER BY link.id FOR NO KEY UPDATE OF link
"""
SEEN: Final = """
WITH link AS (
    UPDATE identity_links AS link SET last_seen_at = %(now)s, platform_username = row.user_name,
        display_name = COALESCE(NULLIF(row.display_name, ''), link.display_name)
    FROM json_to_recordset(%(rows)s::json)
        AS row(platform text, platform_user_id text, user_name text, display_name text)
    WHERE link.platform = row.platform AND link.platform_user_id = row.platform_user_id
    RETURNING link.user_id,
        COALESCE(NULLIF(link.display_name, ''), link.platform_username) AS shown
)
UPDATE auth_user SET display_name = shown FROM link
WHERE auth_user.id = link.user_id AND is_staged AND auth_user.display_name <> shown
"""

Account = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Owner:
    user_id: int
    user_name: str
    display_name: str
    last_seen_at: datetime | None


def meet(seen: Mapping[Account, Sighting], *, now: datetime) -> dict[Account, Owner]:
    """Return who is behind these accounts, locked until the transaction ends.

    Those seen for the first time become staged people; new names are taken over.
    """
    found = _owners(seen.keys())
    if new := [sighting for account, sighting in seen.items() if account not in found]:
        stage(new, now=now)
        found |= _owners((each.platform, each.platform_user_id) for each in new)
    _note(seen, found, now)
    return found


def _owners(accounts: Iterable[Account]) -> dict[Account, Owner]:
    rows = [{"platform": platform, "platform_user_id": number} for platform, number in accounts]
    with connection.cursor() as cursor:
        cursor.execute(OWNERS, [msgspec.json.encode(rows).decode()])
        return {(row[0], row[1]): Owner(*row[2:]) for row in cursor.fetchall()}


def _note(seen: Mapping[Account, Sighting], found: Mapping[Account, Owner], now: datetime) -> None:
    renamed = {account for account, each in seen.items() if _is_renamed(found[account], each)}
    late = {
        account
        for account, owner in found.items()
        if owner.last_seen_at is None or owner.last_seen_at < now - SEEN_EVERY
    }
    rows = [_row(seen[account]) for account in sorted(renamed | late)]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(SEEN, {"rows": msgspec.json.encode(rows).decode(), "now": now})
    for account in renamed:
        announce("people", SEPARATOR.join(account))


def _is_renamed(owner: Owner, seen: Sighting) -> bool:
    if owner.user_name != seen.user_name[:LONGEST_NAME]:
        return True
    return bool(seen.display_name) and owner.display_name != seen.display_name[:LONGEST_NAME]


def _row(seen: Sighting) -> dict[str, Any]:
    return {
        "platform": seen.platform,
        "platform_user_id": seen.platform_user_id,
        "user_name": seen.user_name[:LONGEST_NAME],
        "display_name": seen.display_name[:LONGEST_NAME],
    }
