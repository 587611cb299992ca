"""Points: counted in Redis, written in batches, adjusted by hand."""

from identity.operations.reputation.adjusting import ADJUSTED, adjust_points
from identity.operations.reputation.applying import add_points
from identity.operations.reputation.flushing import flush, forget_flushes
from identity.operations.reputation.pending import PENDING, Gain, field_of, forget, mark
from identity.operations.reputation.rules import MOST_POINTS, change_points
from identity.operations.reputation.standing import standing_now

__all__ = [
    "ADJUSTED",
    "MOST_POINTS",
    "PENDING",
    "Gain",
    "add_points",
    "adjust_points",
    "change_points",
    "field_of",
    "flush",
    "forget",
    "forget_flushes",
    "mark",
    "standing_now",
]
