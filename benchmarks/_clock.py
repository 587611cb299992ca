"""How long one call of something short takes, undisturbed by who else uses the machine."""

from collections.abc import Callable
from statistics import median
from time import thread_time_ns

ROUNDS = 5
ENOUGH_NS = 100_000_000


def cpu_ns(call: Callable[[], object]) -> float:
    """Return the CPU time of one call, the median of five rounds."""
    number = 100
    while _spent(call, number) < ENOUGH_NS:
        number *= 4
    nothing = _spent(_nothing, number)
    return median((_spent(call, number) - nothing) / number for _ in range(ROUNDS))


def _spent(call: Callable[[], object], number: int) -> int:
    started = thread_time_ns()
    for _ in range(number):
        call()
    return thread_time_ns() - started


def _nothing() -> None:
    pass
