"""What the benchmark of killed processes calls lost, and what doubled."""

from collections.abc import Sequence

import pytest

from benchmarks.chaos.__main__ import _row
from benchmarks.chaos._module import module
from benchmarks.chaos._street import KINDS, Collector

COUNT, _, _, TOLD = KINDS


def row(ids: Sequence[set[int]], told: Sequence[set[str]]) -> tuple[str, str, str]:
    """Return what the table says of a hook: `ids` of its answers, by which it was `told`."""
    collector = Collector("", "", "")
    collector.ids_of.update({f"told told-{n}": each for n, each in enumerate(ids) if each})
    with module(0) as server:
        server.ids_of.update({f"told-{n}": each for n, each in enumerate(told)})
        _, _, lost, doubled, target = _row(TOLD, len(ids), 0, collector, server)
    return lost, doubled, target


def test_all_that_came_once_is_well() -> None:
    assert row([{1}, {2}], [{"a"}, {"b"}]) == ("0", "0", "✓ 0 and 0")


@pytest.mark.parametrize(
    ("ids", "told", "said"),
    [
        ([{1}, set()], [{"a"}, set()], ("1", "0", "✗ 0 and 0")),
        ([{1, 2}, {3}], [{"a"}, {"b"}], ("0", "1", "✗ 0 and 0")),
        ([{1}, {2}], [{"a", "b"}, {"c"}], ("0", "1", "✗ 0 and 0")),
    ],
    ids=["missing", "said twice", "told by two ids"],
)
def test_what_is_missing_or_came_twice_is_counted(
    ids: Sequence[set[int]], told: Sequence[set[str]], said: tuple[str, str, str]
) -> None:
    assert row(ids, told) == said


@pytest.mark.parametrize(("count", "said"), [(9, ("1", "0")), (10, ("0", "0")), (11, ("0", "1"))])
def test_a_counter_tells_what_was_counted(count: int, said: tuple[str, str]) -> None:
    with module(0) as server:
        _, _, lost, doubled, _ = _row(COUNT, 10, count, Collector("", "", ""), server)

    assert (lost, doubled) == said
