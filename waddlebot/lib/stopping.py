"""Hearing that this process is to stop, beside the server that ends it."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any


def when_stopping(call: Callable[[], None]) -> None:
    """Call in the running loop once SIGTERM comes, if there is a server that obeys it.

    It lets requests finish for a while; those that only wait should do so at once.
    """
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    if not callable(before):
        return

    def stop(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(call)
        before(number, frame)

    signal.signal(signal.SIGTERM, stop)
