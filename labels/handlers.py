"""What labels do when others announce something."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from identity.api import places_seen_of
from labels.data import Change, Kind
from labels.operations.announcing import forget_people
from labels.operations.merging import reopen_collisions, tell_of_merge
from labels.operations.roles import wake_by_labels, wake_communities
from labels.operations.rules import wake
from labels.operations.versions import renew_version
from labels.queries.held import communities_labelling
from labels.queries.rules.rows import rulebook_of

HELD_BY_PEOPLE = frozenset({Kind.USER, Kind.ENTITY_GROUP})


def note_change(*, community_id: int | None, **_: Any) -> None:
    """Runs inside the transaction in which objects gain or lose labels."""
    renew_version(community_id)


def follow_merge(
    *,
    survivor_id: int,
    absorbed_id: int,
    community_ids: Collection[int],
    is_undone: bool,
    **_: Any,
) -> None:
    """Runs inside the transaction that merges two people, or parts them again."""
    if is_undone:
        reopen_collisions(survivor_id=survivor_id, absorbed_id=absorbed_id)
    people = (survivor_id, absorbed_id)
    for community_id in (None, *communities_labelling(people)):
        forget_people(community_id=community_id, user_ids=people)
    for community_id in community_ids:
        wake(community_id, people, timezone.now())
    tell_of_merge(survivor_id=survivor_id, absorbed_id=absorbed_id, now=timezone.now())
    wake_communities(community_ids, now=timezone.now())
    _renew(community_ids)


def look_at_members(*, community_id: int, user_ids: Iterable[int], **_: Any) -> None:
    """Runs inside the transaction that counts what they did, or changes their role."""
    wake(community_id, set(user_ids), timezone.now())


def look_at_holders(
    *, community_id: int | None, changes: Iterable[Change], now: datetime, **_: Any
) -> None:
    """Runs inside the transaction that gives labels or takes them."""
    if community_id is None:
        return
    book = rulebook_of(community_id)
    people = {
        int(target)
        for change in changes
        if change.kind is Kind.USER
        and change.label_id in (book.gains if change.gained else book.losses)
        for target in change.targets
    }
    wake(community_id, people, now)


def follow_labels(*, changes: Iterable[Change], now: datetime, **_: Any) -> None:
    """Runs inside the transaction that gives labels, or takes them."""
    wake_by_labels({each.label_id for each in changes if each.kind in HELD_BY_PEOPLE}, now=now)


def follow_accounts(*, user_id: int, **_: Any) -> None:
    """Runs inside the transaction that makes an account somebody's, or nobody's."""
    wake_communities(places_seen_of(user_id), now=timezone.now())


def forget_erased(*, user_ids: Iterable[int], community_ids: Iterable[int], **_: Any) -> None:
    """Runs inside the transaction that erases somebody."""
    people, places = list(user_ids), list(community_ids)
    _renew(places)
    for community_id in (None, *places):
        forget_people(community_id=community_id, user_ids=people)


def _renew(community_ids: Iterable[int]) -> None:
    # In order, so that two who are merged or erased at once do not wait for each other.
    for community_id in sorted(community_ids):
        renew_version(community_id)
