"""Imports: files of assignments of any length, done exactly once whatever dies meanwhile."""

from labels.operations.importing.ending import cancel, forget_files, retry, tidy
from labels.operations.importing.order import ImportOrder
from labels.operations.importing.uploads import receive
from labels.operations.importing.working import run_slice

__all__ = ["ImportOrder", "cancel", "forget_files", "receive", "retry", "run_slice", "tidy"]
