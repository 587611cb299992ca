"""A community with many people, and labels that nobody holds yet."""

import os
from collections.abc import Mapping
from typing import Final

import msgspec

from benchmarks._world import UNBOUNDED, make

PEOPLE: Final = 100_000
LABELS: Final = 60
AT_ONCE: Final = 1000
LISTS: Final = PEOPLE // AT_ONCE

PEOPLE_SQL: Final = """
INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff,
    is_active, date_joined, public_id, display_name, is_staged)
SELECT '!', false, 'staged-' || number, '', '', '', false, true, now(),
    'u_Penguin' || lpad(number::text, 15, '0'), 'Penguin' || number, true
FROM generate_series(1, %s) AS number ORDER BY number
"""
MEMBERS_SQL: Final = """
INSERT INTO memberships (community_id, user_id, role, joined_at)
SELECT %s, id, 0, now() FROM auth_user WHERE is_staged
"""


class Crowd(msgspec.Struct):
    community_id: int
    key: str
    first_label: int
    first_user: int

    def pins(self, number: int) -> list[tuple[int, int, str]]:
        """Return (label, user, public id) of the n-th thousand assignments; each is new."""
        label = self.first_label + number // LISTS % LABELS
        first = number % LISTS * AT_ONCE
        users = range(first, first + AT_ONCE)
        return [(label, self.first_user + user, f"u_Penguin{user + 1:015d}") for user in users]


def gather(env: Mapping[str, str]) -> Crowd:
    """Fill an empty database. Sets Django up in this process."""
    os.environ.update(env, LOG_LEVEL="ERROR")
    world = make(env)
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from identity import api as identity
    from identity.models import User
    from labels.models import Label

    labels = Label.objects.bulk_create(
        Label(community_id=world.community_id, name=f"label{n}", created_at=timezone.now())
        for n in range(LABELS)
    )
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_SQL, [PEOPLE])
        cursor.execute(MEMBERS_SQL, [world.community_id])
        cursor.execute("VACUUM ANALYZE")
    key = identity.create_key(
        user_id=world.user_id,
        name="labels",
        scopes=["labels:write"],
        community_id=world.community_id,
        requests_per_minute=UNBOUNDED,
    )
    first_user = User.objects.filter(is_staged=True).order_by("pk").values_list("pk", flat=True)[0]
    return Crowd(world.community_id, key.full, labels[0].pk, first_user)
