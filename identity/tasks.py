"""Celery envelopes of identity."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from identity.operations import (
    building,
    departing,
    exporting,
    key_reminders,
    link_delivery,
    link_requests,
    reputation,
)
from identity.operations.absent import forget_unseen


@shared_task(ignore_result=True)
def build_exports(**_: Any) -> None:
    """Build the exports people asked for; beat sends it too, should a nudge be lost."""
    building.build_exports(clock=timezone.now)


@shared_task(ignore_result=True)
def tidy_exports(**_: Any) -> None:
    exporting.tidy(now=timezone.now())


@shared_task(ignore_result=True)
def flush_reputation(**_: Any) -> None:
    """Write the points that were counted in Redis."""
    reputation.flush(now=timezone.now())


@shared_task(ignore_result=True)
def forget_flushes(**_: Any) -> None:
    reputation.forget_flushes(now=timezone.now())


@shared_task(ignore_result=True)
def forget_unseen_people(**_: Any) -> None:
    """Forget staged people nobody has seen for `STAGED_USER_DAYS`."""
    forget_unseen(now=timezone.now())


@shared_task(ignore_result=True)
def erase_due(**_: Any) -> None:
    """Erase those whose days to change their mind are over."""
    departing.erase_due(clock=timezone.now)


@shared_task(ignore_result=True)
def tell_key_owners(**_: Any) -> None:
    """Tell people of keys that end soon or were leaked; a report of a leak sends it too."""
    key_reminders.send_due(now=timezone.now())


@shared_task(ignore_result=True)
def deliver_codes(**_: Any) -> None:
    """Send the codes people asked for; beat sends it too, should a nudge be lost."""
    link_delivery.deliver_codes(clock=timezone.now)


@shared_task(ignore_result=True)
def tidy_links(**_: Any) -> None:
    link_requests.tidy(now=timezone.now())
