"""Points: counted in Redis, written in batches, adjusted by hand."""

from identity.operations.reputation.adjusting import adjust_points
from identity.operations.reputation.applying import add_points
from identity.operations.reputation.flushing import catch_up, flush, forget_flushes
from identity.operations.reputation.pending import (
    POINTS_HASH,
    Gain,
    expect_points,
    forget,
    gain_field,
)
from identity.operations.reputation.rules import MOST_POINTS, change_points
from identity.operations.reputation.standing import standing_now

__all__ = [
    "MOST_POINTS",
    "POINTS_HASH",
    "Gain",
    "add_points",
    "adjust_points",
    "catch_up",
    "change_points",
    "expect_points",
    "flush",
    "forget",
    "forget_flushes",
    "gain_field",
    "standing_now",
]
