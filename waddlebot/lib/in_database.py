"""Database work of an event loop: a thread of its own, which keeps its connection.

Django gives each request of an ASGI server a new thread, and with it a new connection.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseThread:
    """Calls functions where they may use the ORM. They take their turn: keep them short."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = database_sync_to_async(function, thread_sensitive=False, executor=self._thread)
        return await call(*args, **kwargs)


in_database: Final = DatabaseThread("database")
