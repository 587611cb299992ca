"""What labels do when others announce something."""

from collections.abc import Iterable
from typing import Any

from labels.operations import forget
from labels.queries import communities_labelling


def forget_both(*, survivor_id: int, absorbed_id: int, **_: Any) -> None:
    """Runs inside the transaction that merges two people, or parts them again."""
    people = (survivor_id, absorbed_id)
    for community_id in communities_labelling(people):
        for user_id in people:
            forget(community_id=community_id, user_id=user_id)


def forget_erased(*, user_ids: Iterable[int], community_ids: Iterable[int], **_: Any) -> None:
    """Runs inside the transaction that erases somebody."""
    places = list(community_ids)
    for user_id in user_ids:
        for community_id in places:
            forget(community_id=community_id, user_id=user_id)
