"""The only browser_sources module, beside data and signals, that other apps import."""

from browser_sources.data import ACTION_TYPES, Shown
from browser_sources.operations import (
    InvalidActionError,
    QueueFullError,
    checked_action,
    ensure_sources,
    show,
)
from browser_sources.queries import list_sources

__all__ = [
    "ACTION_TYPES",
    "InvalidActionError",
    "QueueFullError",
    "Shown",
    "checked_action",
    "ensure_sources",
    "list_sources",
    "show",
]
