"""The only labels module, beside `data` and `signals`, that other apps import."""

from labels.operations.assigning import assign, give, remove, take
from labels.queries.check import check
from labels.queries.held import names_of
from labels.registry import register_label_users, register_permission

__all__ = [
    "assign",
    "check",
    "give",
    "names_of",
    "register_label_users",
    "register_permission",
    "remove",
    "take",
]
