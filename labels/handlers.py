"""What labels do when others announce something."""

from typing import Any

from labels.operations import forget
from labels.queries import communities_labelling


def forget_both(*, survivor_id: int, absorbed_id: int, **_: Any) -> None:
    """Runs inside the transaction that merges two people, or parts them again."""
    people = (survivor_id, absorbed_id)
    for community_id in communities_labelling(people):
        for user_id in people:
            forget(community_id=community_id, user_id=user_id)
