"""Ways up, where each knows what is right above it."""

from collections.abc import Collection, Iterator, Mapping, Sequence


def way_up(above: Mapping[int, Sequence[int]], start: int, goal: int) -> list[int]:
    """Return the shortest way, both ends with it; nothing when there is none."""
    came_from: dict[int, int | None] = {start: None}
    waiting = [start]
    for each in waiting:
        if each == goal:
            way = [goal]
            while (below := came_from[way[-1]]) is not None:
                way.append(below)
            return way[::-1]
        news = [other for other in above.get(each, ()) if other not in came_from]
        came_from |= dict.fromkeys(news, each)
        waiting += news
    return []


def ways_up(start: int, above: Mapping[int, Collection[int]]) -> Iterator[tuple[int, ...]]:
    """Return the way to `start` itself and to everything above it, the nearest first.

    It ends even if somebody has made a circle by hand.
    """
    seen = {start}
    ways: list[tuple[int, ...]] = [(start,)]
    for way in ways:
        yield way
        fresh = [pk for pk in above[way[-1]] if pk in above and pk not in seen]
        seen.update(fresh)
        ways += [(*way, pk) for pk in fresh]
