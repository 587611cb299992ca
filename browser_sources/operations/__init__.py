"""Changes to overlays and their queues."""

from browser_sources.operations.actions import (
    General,
    InvalidActionError,
    Media,
    Ticker,
    checked_action,
)
from browser_sources.operations.admission import RotatedAwayError, TooManyGuessesError, admit
from browser_sources.operations.presence import keep_seats, leave_seat, take_seat
from browser_sources.operations.queue import QueueFullError, Turn, advance, show
from browser_sources.operations.sources import (
    TooManySourcesError,
    create_source,
    delete_source,
    ensure_sources,
    note_use,
    reveal_source,
    rotate_source,
)

__all__ = [
    "General",
    "InvalidActionError",
    "Media",
    "QueueFullError",
    "RotatedAwayError",
    "Ticker",
    "TooManyGuessesError",
    "TooManySourcesError",
    "Turn",
    "admit",
    "advance",
    "checked_action",
    "create_source",
    "delete_source",
    "ensure_sources",
    "keep_seats",
    "leave_seat",
    "note_use",
    "reveal_source",
    "rotate_source",
    "show",
    "take_seat",
]
