"""The threads of this process that deliver: as many as there are lanes to work on, up to a bound.

Whoever has found a lane hires another, who looks for the next; whoever finds none goes home.
Those who send what is to be done on platforms (`connector`) are hired in the same way.
"""

import logging
import threading
from collections.abc import Callable
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


def deliver(
    *,
    clock: Callable[[], datetime],
    hire: Callable[[], None] = lambda: None,
    is_closing: Callable[[], bool] = lambda: False,
) -> int:
    """Work on lanes until none is due; return how many it were."""
    count = 0
    while not is_closing() and (lane := claim_lane(now=clock())):
        hire()
        tell_lane(lane, clock=clock, is_closing=is_closing)
        count += 1
    return count


couriers: Final = Couriers(
    "courier",
    lambda mine: deliver(clock=timezone.now, hire=mine.hire, is_closing=mine.is_closing),
)
