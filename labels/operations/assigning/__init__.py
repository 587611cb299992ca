"""Pinning labels on people and things, and taking them off: one at a time or a thousand."""

from labels.operations.assigning.single import give, take
from labels.operations.assigning.write import assign, remove

__all__ = ["assign", "give", "remove", "take"]
