"""Doing again what PostgreSQL ended for another transaction's sake."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import Error, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")

TRIES: Final = 5
# A serialisation failure, a deadlock, and a row that came in between.
LOST: Final = frozenset({"40001", "40P01", "23505"})


def in_transaction(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function in a transaction, and anew when that lost to another one.

    Inside a transaction it runs once: whoever began that one decides whether to repeat it.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        tries = 1 if connection.in_atomic_block else TRIES
        while True:
            tries -= 1
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except Error as error:
                if not tries or not has_lost(error):
                    raise

    return run


def has_lost(error: Error) -> bool:
    """Tell whether a transaction that ended by `error` may go well the next time."""
    return getattr(error.__cause__, "sqlstate", None) in LOST
