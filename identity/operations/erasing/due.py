"""The time to change one's mind is over: somebody is erased, in one transaction.

What others did with them stays under their number; nothing tells any more whose it was.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from identity.models import Erasure, User
from identity.operations.audit import record
from identity.operations.erasing.caches import forget_everywhere
from identity.operations.erasing.requests import refuse_who_is_needed
from identity.operations.erasing.tables import Receipt, wipe
from identity.operations.letters import send_letter_on_commit
from identity.queries.departures import departure_of, owned_by
from identity.queries.people import ids_of
from identity.signals import person_erased
from waddlebot.lib.errors import ConflictError

logger = logging.getLogger(__name__)

LATER: Final = timedelta(days=1)
ERASED: Final = """\
Your WaddleBot account is erased, and this is the last mail you get from it.

{receipt}
"""
NEEDED: Final = """\
Your WaddleBot account could not be erased yet. {why}

It is tried again every day until then.
"""


def erase_due(*, now: datetime) -> int:
    """Take up every erasure whose time has come; return how many."""
    taken = 0
    while _take_one(now):
        taken += 1
    return taken


def _take_one(now: datetime) -> bool:
    erasure: Erasure | None = None
    try:
        with transaction.atomic():
            due = Erasure.objects.filter(state=Erasure.State.SCHEDULED, due_at__lte=now)
            ordered = due.order_by("due_at").select_for_update(skip_locked=True, no_key=True)
            erasure = ordered.first()
            if erasure is None:
                return False
            _take(erasure, now)
    except Exception:
        if erasure is None:
            raise
        logger.exception("An erasure failed", extra={"erasure_id": str(erasure.pk)})
        _put_off(erasure, min(timedelta(minutes=2**erasure.attempts), LATER), now)
    return True


def _take(erasure: Erasure, now: datetime) -> None:
    user_ids = ids_of(erasure.user_id)
    # Roles, merges and whoever writes of them wait for these locks: nothing comes while they go.
    users = User.objects.select_for_update().filter(pk__in=user_ids).order_by("pk")
    address = {user.pk: user.email for user in users}[erasure.user_id]
    list(owned_by(user_ids).select_for_update(no_key=True))
    try:
        refuse_who_is_needed(user_ids)
    except ConflictError as needed:
        if not erasure.attempts:
            send_letter_on_commit(
                address=address,
                subject="Your account is still needed",
                text=NEEDED.format(why=needed.detail),
            )
        _put_off(erasure, LATER, now)
    else:
        _erase(erasure, address, now)


def _erase(erasure: Erasure, address: str, now: datetime) -> None:
    departure = departure_of(erasure.user_id, now=now)
    forget_everywhere(departure)
    erasure.receipt = wipe(departure)
    erasure.state, erasure.ended_at = Erasure.State.DONE, now
    erasure.save(update_fields=["state", "ended_at", "receipt"])
    person_erased.send(
        sender=User, user_ids=departure.user_ids, community_ids=departure.community_ids
    )
    send_letter_on_commit(
        address=address,
        subject="Your account is erased",
        text=ERASED.format(receipt=_in_words(erasure.receipt)),
    )
    record(
        category="audit",
        action="erased",
        actor="system",
        target=f"user:{erasure.user_id}",
        details={"closed": [f"community:{each}" for each in sorted(departure.closed_ids)]},
        now=now,
    )


def _put_off(erasure: Erasure, delay: timedelta, now: datetime) -> None:
    Erasure.objects.filter(pk=erasure.pk, state=Erasure.State.SCHEDULED).update(
        attempts=F("attempts") + 1, due_at=now + delay
    )


def _in_words(receipt: Receipt) -> str:
    return "\n".join(
        f"{each['app']}, {each['what']}: {each['rows']} {each['action']}" for each in receipt
    )
