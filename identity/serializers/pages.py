"""The leaderboard in pages: by points, and by age among those with as many."""

from typing import Any, Final, NamedTuple

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from waddlebot.lib.pagination import BadCursorError, CursorPages, decoded, encoded, limit_of, link

HIGHEST: Final = 2**63


class Place(NamedTuple):
    """The last row of a page."""

    rank: int
    points: int
    pk: int


class Leaderboard(CursorPages):
    """Forward only: who stands before a moving row is another question each time."""

    def __init__(self) -> None:
        super().__init__()
        self.first_rank = 1

    def of(self, queryset: QuerySet[Any], request: Request) -> list[Any]:
        limit, after = limit_of(request), _place(request)
        rows = queryset.order_by("-reputation", "-pk")
        if after:
            self.first_rank = after.rank + 1
            rows = rows.filter(
                Q(reputation__lt=after.points) | Q(reputation=after.points, pk__lt=after.pk)
            )
        found = list(rows[: limit + 1])
        if len(found) > limit:
            last = found[limit - 1]
            place = Place(self.first_rank + limit - 1, last.reputation, last.pk)
            self.next = link(request, encoded(".".join(map(str, place))))
        return found[:limit]


def _place(request: Request) -> Place | None:
    raw = request.query_params.get("cursor", "")
    if not raw:
        return None
    try:
        place = Place(*map(int, decoded(raw).split(".")))
    except (ValueError, TypeError):
        raise BadCursorError from None
    if not all(0 <= number < HIGHEST for number in place):
        raise BadCursorError
    return place
