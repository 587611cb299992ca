"""What became of an action that was sent. Of what was said nothing is kept."""

from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from core_router.models import OutgoingAction
from core_router.operations.nudge import wake_collectors
from waddlebot.lib import metrics
from waddlebot.platforms import Delivery, Outcome

MOST_CODE: Final = 60
MOST_DETAIL: Final = 300
SAID: Final = frozenset({"text"})
EXPIRED: Final = Delivery(Outcome.NOT_SUPPORTED, "expired", "Nobody could send it in time.")


def finish(row: OutgoingAction, delivery: Delivery, *, now: datetime) -> None:
    """Write down how it ended, with how often it was tried."""
    state = _state_of(delivery)
    waiting = OutgoingAction.objects.filter(pk=row.pk, state="waiting")
    waiting.update(
        state=state,
        code=delivery.code[:MOST_CODE],
        detail=delivery.detail[:MOST_DETAIL],
        attempts=row.attempts + (delivery is not EXPIRED),
        action={name: value for name, value in row.action.items() if name not in SAID},
        finished_at=now,
    )
    platform = row.entity.partition("+")[0]
    metrics.action_sent(platform=platform, kind=row.action["type"], outcome=state)


def leave_to_collector(row: OutgoingAction, delivery: Delivery) -> None:
    """Let whoever listens there say it: the bot's token has not the leave to, theirs may."""
    with transaction.atomic():
        waiting = OutgoingAction.objects.filter(pk=row.pk, state="waiting")
        waiting.update(
            carrier="collector",
            code=delivery.code[:MOST_CODE],
            detail=delivery.detail[:MOST_DETAIL],
            attempts=row.attempts + 1,
            action={**row.action, "handled": False},
        )
        transaction.on_commit(partial(wake_collectors, row.entity))


def note_failure(row: OutgoingAction, delivery: Delivery) -> None:
    """Say with an action that waits why it does."""
    waiting = OutgoingAction.objects.filter(pk=row.pk, state="waiting")
    waiting.update(
        code=delivery.code[:MOST_CODE],
        detail=delivery.detail[:MOST_DETAIL],
        attempts=row.attempts + 1,
    )


def _state_of(delivery: Delivery) -> str:
    if delivery is EXPIRED:
        return "expired"
    return "done" if delivery.outcome is Outcome.SENT else "failed"
