"""Two people turn out to be one: their rows become one person's, and can be parted again."""

from identity.operations.merging.accounts import (
    cancel_merge,
    confirm_merge,
    preview_merge,
    undo_merge,
)
from identity.operations.merging.codes import NewMergeCode, make_merge_code
from identity.operations.merging.staged import NotStagedError, absorb_staged
from identity.operations.merging.tidying import gather_late_rows, tidy_merges

__all__ = [
    "NewMergeCode",
    "NotStagedError",
    "absorb_staged",
    "cancel_merge",
    "confirm_merge",
    "gather_late_rows",
    "make_merge_code",
    "preview_merge",
    "tidy_merges",
    "undo_merge",
]
