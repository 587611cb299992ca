"""Making, changing and removing labels."""

from labels.operations.labels.adding import (
    LabelExistsError,
    TooManyLabelsError,
    add_label,
    make_label,
)
from labels.operations.labels.changing import LabelInUseError, change_label, locked_row
from labels.operations.labels.removing import remove_label
from labels.operations.labels.settling import settle_labels
from labels.operations.labels.wishes import InvalidLabelError, LabelWish

__all__ = [
    "InvalidLabelError",
    "LabelExistsError",
    "LabelInUseError",
    "LabelWish",
    "TooManyLabelsError",
    "add_label",
    "change_label",
    "locked_row",
    "make_label",
    "remove_label",
    "settle_labels",
]
