"""Checks in this process, from memory and from PostgreSQL."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks._clock import cpu_ns
from benchmarks._table import verdict
from benchmarks.labels.world import PERMITS
from labels.data import Decision, Explanation, Question

MOST_US: Final = 10
PERMITTED, REFUSED = f"commands:c{PERMITS}", "queue:skip"
COLD: Final = 300

Person = tuple[int, int]
"""A community, and somebody in it."""


def from_memory(people: Sequence[Person]) -> list[Sequence[str]]:
    from django.utils import timezone

    from labels import api as labels
    from waddlebot.lib.cache import forget_everything

    now, question = timezone.now(), Question("!c", permission=PERMITTED)
    turns = cycle(people)

    def decide(permission: str) -> Decision:
        place, user = next(turns)
        return labels.check(community_id=place, user_id=user, permission=permission, now=now)

    def check(permission: str) -> bool:
        return decide(permission).allowed

    def explain(permission: str) -> Explanation:
        return decide(permission).why

    def open_command() -> bool:
        place, user = next(turns)
        return labels.bearer(community_id=place, user_id=user, now=now).may(question)

    def names() -> frozenset[str]:
        place, user = next(turns)
        return labels.names_of(community_id=place, user_id=user, now=now)

    cold = median(_cold_us(partial(check, PERMITTED), forget_everything) for _ in range(5))
    if not all(check(PERMITTED) for _ in people) or any(check(REFUSED) for _ in people):
        raise RuntimeError("The world is not as it should be.")
    return [
        _row("allowed by a label, yes or no", cpu_ns(partial(check, PERMITTED))),
        _row("the same, with the way to it in words", cpu_ns(partial(explain, PERMITTED))),
        _row("refused, yes or no", cpu_ns(partial(check, REFUSED))),
        _row("the same, with what would allow it", cpu_ns(partial(explain, REFUSED))),
        _row("as the router asks for each command", cpu_ns(open_command)),
        _row("the names of all labels that count", cpu_ns(names)),
        ("the first of somebody, from SQL", f"{cold:,.0f}", "", f"{1e6 / cold:,.0f}", "", ""),
    ]


def _cold_us(check: Callable[[], object], forget: Callable[[], None]) -> float:
    spent = 0.0
    for _ in range(COLD):
        forget()
        started = perf_counter()
        check()
        spent += perf_counter() - started
    return spent / COLD * 1e6


def _row(name: str, spent_ns: float) -> Sequence[str]:
    each = spent_ns / 1000
    target = f"{verdict(each <= MOST_US)} ≤ {MOST_US} µs"
    return name, f"{each:.1f}", "", f"{1e6 / each:,.0f}", "", target
