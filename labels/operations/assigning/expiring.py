"""Ending what is over. Whoever asks is told the truth to the second; this tells everybody else."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from labels.data import Ended, Giver, Kind
from labels.models import ObjectLabel, UserLabel
from labels.operations.assigning.deed import Deed
from labels.operations.assigning.rows import Rows
from labels.operations.assigning.telling import announce
from waddlebot.lib import metrics
from waddlebot.lib.locks import hold
from waddlebot.lib.retries import in_transaction

AT_ONCE: Final = 1000
TIME: Final = Giver("system")


def end_expired(*, clock: Callable[[], datetime]) -> int:
    """End all spells that are over, a thousand of a community at a time; return how many."""
    total = 0
    while ended := sum(_end_in(place, kind, clock()) for place, kind in _due(clock())):
        total += ended
    return total


def _due(now: datetime) -> set[tuple[int | None, Kind]]:
    """Return where the first thousand are."""
    over = {"ended_at": None, "valid_until__lte": now}
    people = UserLabel.objects.filter(**over).order_by("valid_until")
    things = ObjectLabel.objects.filter(**over).order_by("valid_until")
    return {
        *((place, Kind.USER) for place in people.values_list("community", flat=True)[:AT_ONCE]),
        *(
            (place, Kind(kind))
            for place, kind in things.values_list("community", "kind")[:AT_ONCE]
        ),
    }


@in_transaction
def _end_in(community_id: int | None, kind: Kind, now: datetime) -> int:
    hold("labels", community_id)
    deed = Deed(community_id, kind, TIME, now)
    keys = Rows(deed).expire(most=AT_ONCE)
    announce(deed, given=(), lost={Ended.EXPIRED: keys})
    transaction.on_commit(partial(metrics.label_operation, "expire", len(keys)))
    return len(keys)
