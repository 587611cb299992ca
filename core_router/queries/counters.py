"""The numbers a community keeps."""

from collections.abc import Iterable, Mapping

from core_router.models import Counter


def counter_values(*, community_id: int, names: Iterable[str]) -> Mapping[str, int]:
    """Return the values of those that exist."""
    counters = Counter.objects.filter(community_id=community_id, name__in=list(names))
    return dict(counters.values_list("name", "value"))


def counter_list(community_id: int) -> Mapping[str, int]:
    """Return all counters of a community by name; there are never many."""
    counters = Counter.objects.filter(community_id=community_id).order_by("name")
    return dict(counters.values_list("name", "value"))
