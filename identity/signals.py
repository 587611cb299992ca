"""What identity announces."""

from django.dispatch import Signal

# Sent when a community has been made, inside the transaction that makes it,
# so what others add to a new community comes with it or not at all.
# Arguments: community_id: int
community_created = Signal()
