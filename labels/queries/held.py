"""Which labels somebody holds, from this process' memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labels.models import UserLabel
from waddlebot.lib.cache import LocalCache


@dataclass(frozen=True, slots=True)
class Held:
    """The labels that last, and those that begin or end some day."""

    lasting: frozenset[str]
    bounded: tuple[tuple[str, datetime | None, datetime | None], ...]


def _load(key: str) -> Held:
    community_id, _, user_id = key.partition(":")
    rows = UserLabel.objects.filter(
        user_id=int(user_id),
        community_id=int(community_id),
        ended_at=None,
        label__deleted_at=None,
    )
    held = list(rows.values_list("label__name", "valid_from", "valid_until"))
    return Held(
        lasting=frozenset(name for name, *bounds in held if bounds == [None, None]),
        bounded=tuple(each for each in held if each[1:] != (None, None)),
    )


held_labels = LocalCache("labels", _load, size=100_000)


def names_of(*, community_id: int, user_id: int, now: datetime) -> frozenset[str]:
    """Return the names of the labels somebody holds at this moment."""
    held = held_labels.get(f"{community_id}:{user_id}")
    if not held.bounded:
        return held.lasting
    return held.lasting | {
        name
        for name, begins, until in held.bounded
        if (begins is None or begins <= now) and (until is None or now < until)
    }


def communities_labelling(user_ids: Sequence[int]) -> list[int]:
    """Return the communities that have labelled one of these people."""
    held = UserLabel.objects.filter(user_id__in=user_ids, community__isnull=False)
    return list(held.order_by().values_list("community_id", flat=True).distinct())
