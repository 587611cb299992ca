"""Somebody wants to be forgotten: asked for, and after some days done in one transaction."""

from identity.operations.erasing.due import erase_due
from identity.operations.erasing.requests import (
    StaffAccountError,
    cancel_erasure,
    request_erasure,
)

__all__ = ["StaffAccountError", "cancel_erasure", "erase_due", "request_erasure"]
