"""Which labels somebody holds, from this process' memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labels.models import UserLabel
from waddlebot.lib.cache import LocalCache


@dataclass(frozen=True, slots=True)
class Held:
    """The labels that last, and those that end some day."""

    lasting: frozenset[str]
    ending: tuple[tuple[str, datetime], ...]


def _load(key: str) -> Held:
    community_id, _, user_id = key.partition(":")
    rows = UserLabel.objects.filter(user_id=int(user_id), label__community_id=int(community_id))
    held = list(rows.values_list("label__name", "valid_until"))
    return Held(
        lasting=frozenset(name for name, until in held if until is None),
        ending=tuple((name, until) for name, until in held if until is not None),
    )


held_labels = LocalCache("labels", _load, size=100_000)


def names_of(*, community_id: int, user_id: int, now: datetime) -> frozenset[str]:
    """Return the names of the labels somebody holds at this moment."""
    held = held_labels.get(f"{community_id}:{user_id}")
    if not held.ending:
        return held.lasting
    return held.lasting | {name for name, until in held.ending if now < until}


def communities_labelling(user_ids: Sequence[int]) -> list[int]:
    """Return the communities that have labelled one of these people."""
    held = UserLabel.objects.filter(user_id__in=user_ids)
    return list(held.values_list("label__community_id", flat=True).distinct())
