"""A big world, by COPY: a million assignments spread over ten communities, or ten thousand."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from django.db import connection, transaction

ASSIGNMENTS: Final = 1_000_000
PER_PERSON: Final = 5
MOST_LABELS: Final = 100
PERMITS: Final = 3
IS_OF_A_SET: Final = 7
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
ENDS: Final = datetime(2036, 1, 1, tzinfo=UTC)
SYLLABLES: Final = (
    "ba", "ko", "mi", "ru", "ta", "ne", "lo", "si", "pen", "guin", "wad", "dle", "ice", "sno",
    "fish", "art", "ic", "ant",
)  # fmt: skip

USERS: Final = (
    "auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff,"
    " is_active, date_joined, public_id, display_name, is_staged)"
)
LINKS: Final = (
    "identity_links (user_id, platform, platform_user_id, platform_username, display_name,"
    " created_at, last_seen_at)"
)
COMMUNITIES: Final = "communities (id, name, slug, description, require_owner_mfa, created_at)"
MEMBERS: Final = "memberships (community_id, user_id, role, joined_at)"
LABELS: Final = (
    "labels (id, community_id, kind, name, scope, color, icon, description, exclusive, grants,"
    " is_system, created_at, updated_at)"
)
SPELLS: Final = (
    "user_labels (label_id, user_id, community_id, given_at, given_by, valid_until,"
    " ended_at, ended_because)"
)
SEQUENCES: Final = ("auth_user", "communities", "labels")


@dataclass(frozen=True, slots=True)
class Place:
    """A community of the world: its labels, the most held first, and its people."""

    community_id: int
    label_ids: Sequence[int]
    user_ids: Sequence[int]


def fill(communities: int, assignments: int = ASSIGNMENTS) -> list[Place]:
    """Build it beside what is there already; the same every time for the same numbers."""
    dice = random.Random(communities)  # noqa: S311 - no secret
    people = max(assignments // PER_PERSON // communities, 1)
    labels = min(MOST_LABELS, max(people // 2, PER_PERSON * 2))
    places = _places(communities, labels, people)
    with transaction.atomic():
        _copy(COMMUNITIES, (_community(place) for place in places))
        everybody = [(place, user_id) for place in places for user_id in place.user_ids]
        # They came in one by one, now here, now there.
        dice.shuffle(everybody)
        _copy(USERS, (_user(user_id) for _, user_id in everybody))
        _copy(LINKS, (_link(user_id) for _, user_id in everybody))
        _copy(MEMBERS, ((place.community_id, user_id, 1, BEGAN) for place, user_id in everybody))
        _copy(LABELS, (row for place in places for row in _labels(place)))
        _copy(SPELLS, _spells(everybody, dice))
    _settle()
    return places


def _places(communities: int, labels: int, people: int) -> list[Place]:
    first_user, first_community, first_label = (_next_id(table) for table in SEQUENCES)
    return [
        Place(
            first_community + number,
            range(first_label + number * labels, first_label + (number + 1) * labels),
            range(first_user + number, first_user + people * communities, communities),
        )
        for number in range(communities)
    ]


def _community(place: Place) -> Sequence[Any]:
    name = f"world {place.community_id}"
    return place.community_id, name, name.replace(" ", "-"), "", False, BEGAN


def _user(user_id: int) -> Sequence[Any]:
    username, public_id, name = f"staged-{user_id}", f"u_{user_id:022}", _name(user_id)
    return user_id, "!", False, username, "", "", "", False, True, BEGAN, public_id, name, True


def _link(user_id: int) -> Sequence[Any]:
    name = _name(user_id)
    return user_id, "bench", str(user_id), name.lower(), name, BEGAN, BEGAN


def _name(user_id: int) -> str:
    dice = random.Random(user_id)  # noqa: S311 - no secret
    return "".join(dice.choices(SYLLABLES, k=3)).title() + str(user_id % 1000)


def name_of(rank: int) -> str:
    """Return what the n-th label of each community is called."""
    return f"tier/level{rank}" if rank % 10 == IS_OF_A_SET else f"label{rank}"


def _labels(place: Place) -> Iterable[Sequence[Any]]:
    for rank, label_id in enumerate(place.label_ids):
        # One in ten permits something, and one in ten is of a set.
        grants = [f"commands:c{rank}"] if rank % 10 == PERMITS else []
        name = name_of(rank)
        scope = name.rpartition("/")[0]
        yield (
            label_id, place.community_id, "user", name, scope, "#64748b", "",
            f"number {rank} by how many hold it", False, grants, False, BEGAN, BEGAN,
        )  # fmt: skip


def _spells(people: Iterable[tuple[Place, int]], dice: random.Random) -> Iterable[Sequence[Any]]:
    """The n-th label is held by the n-th part of those who hold the first. One in fifty ends
    some day, and every other person held one that has ended."""
    weights = list(accumulate(1 / (rank + 1) for rank in range(MOST_LABELS)))
    for place, user_id in people:
        held = [place.label_ids[rank] for rank in _ranks(dice, weights[: len(place.label_ids)])]
        for label_id in held:
            until = ENDS if dice.random() < 1 / 50 else None
            yield label_id, user_id, place.community_id, BEGAN, "bench", until, None, ""
        if dice.random() < 1 / 2:
            ended = BEGAN + timedelta(days=1)
            yield held[0], user_id, place.community_id, BEGAN, "bench", None, ended, "taken"


def _ranks(dice: random.Random, weights: Sequence[float]) -> list[int]:
    found: dict[int, None] = {}
    while len(found) < PER_PERSON:
        found |= dict.fromkeys(
            dice.choices(range(len(weights)), cum_weights=weights, k=PER_PERSON)
        )
    return list(found)[:PER_PERSON]


def _copy(into: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _next_id(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")  # noqa: S608 - ours
        return int(cursor.fetchone()[0])


def _settle() -> None:
    """Let what is made later follow, and PostgreSQL know what is there."""
    with connection.cursor() as cursor:
        for table in SEQUENCES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608 - ours
            )
        cursor.execute("VACUUM ANALYZE")
