"""Entity groups: what they name, what they are in, and who is in them."""

from labels.operations.groups.changing import add_group, change_group, locked_group, remove_group
from labels.operations.groups.members import add_members, remove_members
from labels.operations.groups.wishes import GroupWish

__all__ = [
    "GroupWish",
    "add_group",
    "add_members",
    "change_group",
    "locked_group",
    "remove_group",
    "remove_members",
]
