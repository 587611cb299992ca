"""What labels do when others announce something."""

from collections.abc import Iterable
from typing import Any

from labels.operations.announcing import forget_people
from labels.operations.merging import reopen_collisions
from labels.queries.held import communities_labelling


def follow_merge(*, survivor_id: int, absorbed_id: int, is_undone: bool, **_: Any) -> None:
    """Runs inside the transaction that merges two people, or parts them again."""
    if is_undone:
        reopen_collisions(survivor_id=survivor_id, absorbed_id=absorbed_id)
    people = (survivor_id, absorbed_id)
    for community_id in (None, *communities_labelling(people)):
        forget_people(community_id=community_id, user_ids=people)


def forget_erased(*, user_ids: Iterable[int], community_ids: Iterable[int], **_: Any) -> None:
    """Runs inside the transaction that erases somebody."""
    people = list(user_ids)
    for community_id in (None, *community_ids):
        forget_people(community_id=community_id, user_ids=people)
