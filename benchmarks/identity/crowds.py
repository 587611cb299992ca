"""A raid: thousands of people nobody has seen before, and the points they bring."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from django.utils import timezone

from benchmarks._world import World
from identity import api as identity
from identity.data import Sighting
from identity.operations.reputation import flush
from waddlebot.lib.redis import call, community_prefix

ALONE = 500
_numbers = iter(range(10, 10**12))

Measured = tuple[str, float, str]


def measure(world: World, people: int, rounds: int) -> Iterator[Measured]:
    """Yield (what, µs for each person, what stands beside it)."""
    place = world.community_id
    alone = median(_one_by_one(place) for _ in range(rounds))
    together = median(_together(place, people) for _ in range(rounds))
    yield "a new chatter, one at a time", alone, ""
    yield "a new chatter, among many", together, f"{alone / together:.0f} x as fast"
    new, known = zip(*(_flush_twice(place, people) for _ in range(rounds)), strict=True)
    yield "points of a new chatter, flushed", median(new), ""
    yield "points of one seen before, flushed", median(known), ""


def _crowd(count: int) -> list[Sighting]:
    return [
        Sighting("twitch", str(number), f"penguin{number}", f"Penguin{number}")
        for number, _ in zip(_numbers, range(count), strict=False)
    ]


def _one_by_one(place: int) -> float:
    crowd = _crowd(ALONE)
    started = perf_counter()
    for each in crowd:
        identity.resolve(
            platform=each.platform,
            platform_user_id=each.platform_user_id,
            user_name=each.user_name,
            display_name=each.display_name,
            seen_in=place,
        )
    return (perf_counter() - started) / ALONE * 1e6


def _together(place: int, people: int) -> float:
    crowd = _crowd(people)
    started = perf_counter()
    identity.resolve_many(crowd, seen_in=place, now=timezone.now())
    return (perf_counter() - started) / people * 1e6


def _flush_twice(place: int, people: int) -> tuple[float, float]:
    crowd = _crowd(people)
    return _flush(place, crowd), _flush(place, crowd)


def _flush(place: int, crowd: list[Sighting]) -> float:
    today = timezone.now().date()
    identity.expect_points(place)
    for each in crowd:
        gain = identity.Gain(
            today,
            "chatMessage",
            5,
            each.platform,
            each.platform_user_id,
            each.user_name,
            each.display_name,
        )
        field = identity.gain_field(gain)
        call("HINCRBY", community_prefix(place) + identity.POINTS_HASH, field, 1)
    started = perf_counter()
    if flush(now=timezone.now()) != 1:
        raise RuntimeError("the points were not flushed in one batch")
    return (perf_counter() - started) / len(crowd) * 1e6
