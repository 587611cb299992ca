"""Counting. A change is one statement, so no count is lost between two who count at once."""

import re
from typing import Final

from django.db import connection, transaction

from core_router.data import normal_word
from core_router.models import Counter
from waddlebot.lib.errors import ConflictError, InvalidError, NotFoundError
from waddlebot.lib.locks import hold

MOST_COUNTERS: Final = 200
HIGHEST: Final = 10**12

_NAME = re.compile(r"[\w-]{1,50}")

_NEXT = "greatest(-%(highest)s, least(%(highest)s, {value}))"
_UPDATE = f"""
    UPDATE counters SET value = {_NEXT}
     WHERE community_id = %(community)s AND name = %(name)s
    RETURNING value
"""  # noqa: S608 - only the line above is put in.
_INSERT = f"""
    INSERT INTO counters (community_id, name, value)
    SELECT %(community)s, %(name)s, %(number)s
     WHERE (SELECT count(*) FROM counters WHERE community_id = %(community)s) < %(most)s
        OR EXISTS (SELECT 1 FROM counters WHERE community_id = %(community)s AND name = %(name)s)
    ON CONFLICT (community_id, name) DO UPDATE SET value = {_NEXT}
    RETURNING value
"""  # noqa: S608 - as above.


class InvalidCounterError(InvalidError):
    code = "invalid_counter"


class TooManyCountersError(ConflictError):
    code = "too_many_counters"


def counter_name(text: str) -> str:
    """Return the name as it is stored."""
    name = normal_word(text)
    if not _NAME.fullmatch(name):
        raise InvalidCounterError("A counter's name is up to 50 letters, digits, - and _.")
    return name


def add_to_counter(*, community_id: int, name: str, by: int = 1) -> int:
    """Count on, from 0 when it is new, and return the new value."""
    return _change(community_id, name, by, value="counters.value + %(number)s")


def set_counter(*, community_id: int, name: str, value: int) -> int:
    return _change(community_id, name, value, value="%(number)s")


def remove_counter(*, community_id: int, name: str) -> None:
    counters = Counter.objects.filter(community_id=community_id, name=counter_name(name))
    if not counters.delete()[0]:
        raise NotFoundError("There is no counter of that name.")


def _change(community_id: int, name: str, number: int, *, value: str) -> int:
    if abs(number) > HIGHEST:
        raise InvalidCounterError(f"A counter ends at {HIGHEST:,}.")
    given: dict[str, str | int] = {
        "community": community_id,
        "name": counter_name(name),
        "number": number,
        "highest": HIGHEST,
        "most": MOST_COUNTERS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_UPDATE.format(value=value), given)
        changed = cursor.fetchone()
        if changed is None:
            # Two new ones at once could each see the last free place.
            hold("counters of", community_id)
            cursor.execute(_INSERT.format(value=value), given)
            changed = cursor.fetchone()
    if changed is None:
        raise TooManyCountersError(f"A community has at most {MOST_COUNTERS} counters.")
    return int(changed[0])
