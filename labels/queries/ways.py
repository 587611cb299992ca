"""Ways up from one to another, where each knows what is right above it."""

from collections.abc import Mapping, Sequence


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
