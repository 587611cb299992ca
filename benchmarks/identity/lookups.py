"""Who is behind a platform account, asked of memory and of PostgreSQL."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

from benchmarks._clock import cpu_ns
from benchmarks._world import World
from identity import api as identity
from waddlebot.lib.cache import forget_everything

TIMES = 500
SELECT = """
    SELECT u.id, u.public_id, u.display_name, u.is_staged, u.is_staff, l.platform_username
    FROM identity_links l JOIN auth_user u ON u.id = l.user_id
    WHERE l.platform = %s AND l.platform_user_id = %s
"""


def from_memory_us(world: World) -> float:
    """Return the CPU time of one `resolve`, as the pipeline asks."""
    resolve = partial(_resolve, world.community_id)
    resolve()
    return cpu_ns(resolve) / 1000


def from_postgresql(rounds: int) -> tuple[float, str]:
    """Return the time of one `resolve` that remembers nothing, and what a bare SELECT takes."""
    from django.db import connection

    connection.ensure_connection()
    link = connection.connection

    def bare() -> None:
        link.execute(SELECT, ["twitch", "1"], prepare=True).fetchall()

    def resolve() -> None:
        forget_everything()
        _resolve(None)

    times = median(_each_us(resolve) for _ in range(rounds))
    beside = median(_each_us(bare) for _ in range(rounds))
    return times, f"{times / beside:.1f} x a bare SELECT"


def _resolve(seen_in: int | None) -> None:
    identity.resolve(
        platform="twitch",
        platform_user_id="1",
        user_name="penguin",
        display_name="Penguin",
        seen_in=seen_in,
    )


def _each_us(call: Callable[[], None]) -> float:
    started = perf_counter()
    for _ in range(TIMES):
        call()
    return (perf_counter() - started) / TIMES * 1e6
