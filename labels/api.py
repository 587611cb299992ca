"""The only labels module, beside `data` and `signals`, that other apps import."""

from labels.operations.assigning import assign, give, remove, take
from labels.queries.bearer import Bearer
from labels.queries.bearing import bearer
from labels.queries.check import check, judge, names_of
from labels.registry import register_area, register_label_users, register_permission

__all__ = [
    "Bearer",
    "assign",
    "bearer",
    "check",
    "give",
    "judge",
    "names_of",
    "register_area",
    "register_label_users",
    "register_permission",
    "remove",
    "take",
]
