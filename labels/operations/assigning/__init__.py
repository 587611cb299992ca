"""Pinning labels on people and things, and taking them off: one at a time or a thousand."""

from labels.operations.assigning.outcomes import NOBODY
from labels.operations.assigning.single import give, take
from labels.operations.assigning.wishes import Asker, Wish, assign_named, remove_named
from labels.operations.assigning.write import assign, remove

__all__ = [
    "NOBODY", "Asker", "Wish", "assign", "assign_named", "give", "remove", "remove_named", "take",
]  # fmt: skip
