"""Database work of an event loop: a thread of its own, which keeps its connection.

Django gives each request of an ASGI server a new thread, and with it a new connection.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")

_thread: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` where it may use the ORM. Calls take their turn: keep them short."""
    call = database_sync_to_async(function, thread_sensitive=False, executor=_thread)
    return await call(*args, **kwargs)
