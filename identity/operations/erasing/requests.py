"""Somebody wants to be forgotten: they say so, and may change their mind for some days."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db import transaction

from identity.models import Erasure, User
from identity.operations.audit import record
from identity.operations.communities import LastOwnerError
from identity.operations.letters import send_letter_on_commit
from identity.queries.departures import last_owned
from identity.queries.people import ids_of
from waddlebot.lib.errors import ConflictError, NotFoundError
from waddlebot.lib.nudge import nudge

TASK: Final = "identity.tasks.erase_due"
MOST_NAMED: Final = 20
SCHEDULED: Final = """\
Your WaddleBot account will be erased on {due_at:%d %B %Y at %H:%M} UTC.

Until then everything works as before. To keep your account, sign in and cancel. If it was
not you who asked for this, cancel, change your password and end your sessions.
"""
CANCELLED: Final = "Your WaddleBot account will not be erased. It stays as it is.\n"


class StaffAccountError(ConflictError):
    code = "staff_account"


def request_erasure(*, user_id: int, actor: str, now: datetime) -> Erasure:
    """Return the erasure that is scheduled already, or schedule one."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        erasures = Erasure.objects.filter(user_id=user_id, state=Erasure.State.SCHEDULED)
        if scheduled := erasures.first():
            return scheduled
        refuse_who_is_needed(ids_of(user_id))
        due_at = now + timedelta(days=settings.ERASURE_DAYS)
        erasure = Erasure.objects.create(user_id=user_id, requested_at=now, due_at=due_at)
        send_letter_on_commit(
            address=user.email,
            subject="Your account will be erased",
            text=SCHEDULED.format(due_at=due_at),
        )
        transaction.on_commit(partial(nudge, TASK))
        _record("erasure_requested", user_id, actor, now)
    return erasure


def cancel_erasure(*, user_id: int, actor: str, now: datetime) -> None:
    """Keep the account. When nothing is scheduled, or no longer, there is nothing here."""
    scheduled = Erasure.objects.filter(user_id=user_id, state=Erasure.State.SCHEDULED)
    with transaction.atomic():
        if not scheduled.update(state=Erasure.State.CANCELLED, ended_at=now):
            raise NotFoundError
        address = User.objects.get(pk=user_id).email
        send_letter_on_commit(address=address, subject="Your account stays", text=CANCELLED)
        _record("erasure_cancelled", user_id, actor, now)


def refuse_who_is_needed(user_ids: Sequence[int]) -> None:
    """Raise for staff, and for the last owner of a community that others belong to."""
    if User.objects.filter(pk__in=user_ids, is_staff=True).exists():
        raise StaffAccountError(
            "This account is staff. Another of the staff must take that off it first."
        )
    if slugs := last_owned(user_ids).values_list("slug", flat=True)[:MOST_NAMED]:
        raise LastOwnerError(
            f"These would be left without an owner: {', '.join(slugs)}. Make another member owner."
        )


def _record(action: str, user_id: int, actor: str, now: datetime) -> None:
    record(category="audit", action=action, actor=actor, target=f"user:{user_id}", now=now)
