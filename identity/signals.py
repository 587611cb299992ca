"""What identity announces."""

from django.dispatch import Signal

# Sent when a community has been made, inside the transaction that makes it,
# so what others add to a new community comes with it or not at all.
# Arguments: community_id: int
community_created = Signal()

# Sent when what is known of people in a community (`identity.data.MEMBER_FACTS`) has changed:
# what they did was counted, points were adjusted, a role was changed. Inside the transaction, at
# its end. What changes by the mere passing of time is told by nobody.
# Arguments: community_id: int, user_ids: Sequence[int]
members_changed = Signal()

# Sent when two people have become one, and with `is_undone` when they are two again; inside the
# transaction, after the rows have moved, so whoever remembers something by a person's id drops
# what it has of both. `community_ids` are those where one of them was seen.
# Arguments: survivor_id: int, absorbed_id: int, community_ids: list[int], is_undone: bool
people_merged = Signal()

# Sent when somebody has been erased, inside the transaction that does it, so whoever remembers
# something by a person's id drops it.
# Arguments: user_ids: tuple[int, ...], community_ids: frozenset[int]
person_erased = Signal()

# Sent when an account on a platform has become somebody's, or is theirs no more, inside the
# transaction; merging and erasing have signals of their own.
# Arguments: user_id: int
accounts_changed = Signal()
