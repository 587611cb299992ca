"""What labels announce."""

from django.dispatch import Signal

# Sent when objects have gained or lost labels, once for each operation, inside the transaction
# that does it. `community_id` is None for a system label. What expired is told by the sweep,
# some seconds late; whoever asks is told the truth to the second.
# Arguments: community_id: int | None, changes: tuple[labels.data.Change, ...], now: datetime
labels_changed = Signal()
