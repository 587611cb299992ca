"""Exports of all that is kept about somebody: asked for, built, fetched, and gone after a day."""

from identity.operations.exporting.building import build_exports
from identity.operations.exporting.requests import (
    IN_WORK,
    TooManyExportsError,
    note_download,
    request_export,
    tidy_exports,
)

__all__ = [
    "IN_WORK",
    "TooManyExportsError",
    "build_exports",
    "note_download",
    "request_export",
    "tidy_exports",
]
