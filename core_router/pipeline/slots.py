"""How many events may be in work in this process, and how many may wait for a module outside."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings

from waddlebot.lib.errors import UnavailableError

A_MOMENT_S: Final = 1.0
BACK_AT_ONCE: Final = 2


class _Mine(threading.local):
    """What a thread has in hand."""

    held = is_back = False


class Slots:
    """While a call is outside, its event gives its place in here to another one.

    So a hundred events that wait for slow modules leave the commands beside them as they were.
    Those who come back go on few at a time: a hundred who wake at once would crowd out all others.
    """

    def __init__(self, most: int) -> None:
        self._in_work = threading.BoundedSemaphore(most)
        self._outside = threading.BoundedSemaphore(most)
        self._back = threading.BoundedSemaphore(BACK_AT_ONCE)
        self._mine = _Mine()

    def __enter__(self) -> None:
        """Take a place in work. Raises UnavailableError when there is none."""
        if not self._in_work.acquire(blocking=False):
            raise UnavailableError("Too many events are in work.", retry_after_s=1)
        self._mine.held = True

    def __exit__(self, *_: object) -> None:
        self._mine.held = False
        if self._mine.is_back:
            self._mine.is_back = False
            self._back.release()
        self._in_work.release()

    def reserve(self, *, patiently: bool = False) -> bool:
        """Take room for one call outside; give it back with `free`."""
        if patiently:
            return self._outside.acquire(timeout=A_MOMENT_S)
        return self._outside.acquire(blocking=False)

    def free(self) -> None:
        self._outside.release()

    @contextmanager
    def waiting(self, *, in_turn: bool = True) -> Iterator[None]:
        """Let another event in while this thread's one waits; then wait for room again.

        `in_turn`: with those who come back few at a time; once in a request.
        """
        held = self._mine.held
        if held:
            self._in_work.release()
        try:
            yield
        finally:
            if held:
                self._in_work.acquire()
            if held and in_turn:
                self._back.acquire()
                self._mine.is_back = True


slots: Final = Slots(settings.ROUTER_MAX_CONCURRENT)
