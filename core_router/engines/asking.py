"""The one rule for calling a module outside: its timeout, its retries, its circuit, its share."""

import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.conf import settings

from core_router.engines.base import Answer, EngineError, Invocation, engine_of
from core_router.engines.breaker import breaker_of

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.1
LEAST_LEFT_S: Final = 0.05

_in_work: dict[int, int] = {}
_counting: Final = threading.Lock()


NOT_ASKED: Final = frozenset({"circuit_open", "module_busy"})
"""What EngineError says of a call that did not even go out."""


def ask(invocation: Invocation, *, again: bool = True) -> Answer:
    """Call, and call again while that may help and there is time. Raises EngineError.

    Not `again`: once, by somebody who comes again later; what is refused then opens no circuit.
    """
    ref = invocation.ref
    breaker = breaker_of(ref.id)
    with _share_of(ref.id):
        if wait_s := breaker.wait_s():
            detail = "It failed five times in a row and is left alone for half a minute."
            raise EngineError("circuit_open", detail, is_temporary=True, retry_after_s=wait_s)
        try:
            if again:
                answer = _ask_until(invocation, time.monotonic() + ref.timeout_s)
            else:
                answer = _call(invocation, ref.timeout_s)
        except EngineError as error:
            if again or error.is_outage:
                breaker.failed()
            raise
        breaker.succeeded()
        return answer


def _ask_until(invocation: Invocation, deadline: float) -> Answer:
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return _call(invocation, deadline - time.monotonic())
        except EngineError as error:
            # Full jitter: those who failed together do not come again together.
            wait_s = max(error.retry_after_s or 0, random.uniform(0, pause_s))  # noqa: S311
            left_s = deadline - time.monotonic() - wait_s
            if not error.is_temporary or left_s < LEAST_LEFT_S:
                raise
        time.sleep(wait_s)
        pause_s *= 2


def _call(invocation: Invocation, timeout_s: float) -> Answer:
    engine = engine_of(invocation.ref.type)
    try:
        answer = engine.call(invocation, timeout_s=timeout_s)
    except EngineError:
        raise
    except Exception:
        # Whatever it is, the event has to end, and those beside it have to go on.
        logger.exception("An engine broke", extra={"engine": invocation.ref.type})
        detail = "WaddleBot could not call it; its own log says why."
        raise EngineError("engine_broke", detail) from None
    if answer.about is not None and answer.about.lower() != str(invocation.id):
        detail = "execution_id: it is another call's than the one that was to be answered."
        raise EngineError("another_call", detail)
    return answer


@contextmanager
def _share_of(engine_id: int) -> Iterator[None]:
    """One module has so many calls in work, so that a slow one leaves threads to the others."""
    with _counting:
        count = _in_work.get(engine_id, 0)
        if count >= settings.ROUTER_MAX_WORKERS:
            detail = f"It has {count} calls in work already."
            raise EngineError("module_busy", detail, is_temporary=True, retry_after_s=1)
        _in_work[engine_id] = count + 1
    try:
        yield
    finally:
        with _counting:
            _in_work[engine_id] -= 1
            if not _in_work[engine_id]:
                del _in_work[engine_id]
