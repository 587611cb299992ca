"""Many callers at the same moment, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from waddlebot.lib.errors import DomainError


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Return what each call gave, or the refusal it met."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait(timeout=30)
        try:
            return call()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(calls)) as threads:
        return list(threads.map(run, calls))


def refusals(results: list[Any]) -> list[str]:
    return [each.code for each in results if isinstance(each, DomainError)]
