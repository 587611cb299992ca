"""The threads of this process that deliver: as many as there are lanes to work on, up to a bound.

Whoever has found a lane hires another, who looks for the next; whoever finds none goes home.
Those who send what is to be done on platforms (`connector`) are hired in the same way.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connections
from django.utils import timezone

from core_router.operations.lanes import claim_lane
from core_router.pipeline.delivering import tell_lane

logger = logging.getLogger(__name__)


class Couriers:
    def __init__(self, name: str, work: Callable[["Couriers"], object]) -> None:
        self._name, self._do = name, work
        self._counting = threading.Lock()
        self._closing = threading.Event()
        self.at_work = 0

    def hire(self) -> None:
        """Let one more thread look for work, unless there are enough."""
        with self._counting:
            if self.at_work >= settings.ROUTER_MAX_WORKERS or self._closing.is_set():
                return
            self.at_work += 1
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def is_closing(self) -> bool:
        return self._closing.is_set()

    def rest(self, seconds: float) -> None:
        """Wait, unless it closes."""
        self._closing.wait(seconds)

    def close(self) -> None:
        """Let each finish the call it is in, and take no new one."""
        self._closing.set()

    def _work(self) -> None:
        try:
            self._do(self)
        except Exception:
            # Beat sends the next one, when the database is back.
            logger.exception("A courier broke")
        finally:
            connections.close_all()
            with self._counting:
                self.at_work -= 1


class Shares:
    """How many of this process' couriers each engine has: no slow one has them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._couriers: Counter[int] = Counter()

    def served(self) -> list[int]:
        """Return the engines that may have no more: half are for one, a quarter for new ones."""
        most = settings.ROUTER_MAX_WORKERS
        with self._lock:
            if self._couriers.total() >= most - most // 4:
                return list(self._couriers)
            return [engine for engine, n in self._couriers.items() if n >= max(1, most // 2)]

    @contextmanager
    def serving(self, engine_id: int) -> Iterator[None]:
        with self._lock:
            self._couriers[engine_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._couriers[engine_id] -= 1
                self._couriers += Counter()  # Those without any go.


shares: Final = Shares()


def deliver(
    *,
    clock: Callable[[], datetime],
    hire: Callable[[], None] = lambda: None,
    is_closing: Callable[[], bool] = lambda: False,
) -> int:
    """Work on lanes until none is due; return how many it were."""
    count = 0
    while not is_closing() and (lane := claim_lane(now=clock(), served=shares.served())):
        with shares.serving(lane.engine_id):
            hire()
            tell_lane(lane, clock=clock, is_closing=is_closing)
        count += 1
    return count


couriers: Final = Couriers(
    "courier",
    lambda mine: deliver(clock=timezone.now, hire=mine.hire, is_closing=mine.is_closing),
)
