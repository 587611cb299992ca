"""Locks of PostgreSQL on what has no row to lock, held until the transaction ends."""

from django.db import connection


def hold(what: str, which: object = "") -> None:
    """Wait until no other transaction holds `what` of `which`, and hold it."""
    _ask("pg_advisory_xact_lock", what, which)


def try_to_hold(what: str, which: object = "") -> bool:
    """Hold `what` of `which` unless another transaction does; return whether it is ours."""
    return _ask("pg_try_advisory_xact_lock", what, which)


def _ask(function: str, what: str, which: object) -> bool:
    with connection.cursor() as cursor:
        # Of the hash's 64 bits no two names in use share all.
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"{what} {which}"])
        return bool(cursor.fetchone()[0])
