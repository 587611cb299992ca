"""How many entities each collector should hold: as even as what they want allows."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A collector among those that share a pool; `wants` is how many more it asked for in vain."""

    id: int
    held: int
    wants: int


def shares(total: int, members: Sequence[Member]) -> dict[int, int]:
    """Divide `total` so that nobody has more while somebody who wants some has less.

    What cannot be divided stays with those who hold the most, so nothing moves to and fro.
    """
    # Whoever wants no more leaves the rest of its part to the others.
    order = sorted(members, key=lambda member: (member.wants > 0, member.held, member.id))
    given = {}
    for place, member in enumerate(order):
        even = total // (len(order) - place)
        given[member.id] = even if member.wants else min(member.held, even)
        total -= given[member.id]
    return given


def surplus(member_id: int, free: int, members: Sequence[Member]) -> int:
    """Return how many of its entities a collector should leave to others who lack them."""
    fair = shares(free + sum(member.held for member in members), members)
    over = lacking = 0
    for member in members:
        if member.id == member_id:
            over = member.held - fair[member.id]
        else:
            lacking += max(0, min(member.wants, fair[member.id] - member.held))
    return max(0, min(over, lacking - free))
