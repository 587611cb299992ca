"""Celery envelopes of identity."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from identity.operations import exporting, link_delivery, maintenance, reputation


@shared_task(ignore_result=True)
def build_exports(**_: Any) -> None:
    """Build the exports people asked for; beat sends it too, should a nudge be lost."""
    exporting.build_exports(clock=timezone.now)


@shared_task(ignore_result=True)
def flush_reputation(**_: Any) -> None:
    """Write the points that were counted in Redis."""
    reputation.flush(now=timezone.now())


@shared_task(ignore_result=True)
def maintain(**_: Any) -> None:
    """Do what is due, of everything that is cheap to look for."""
    maintenance.tidy(now=timezone.now())


@shared_task(ignore_result=True)
def maintain_seldom(**_: Any) -> None:
    """Forget staged people nobody has seen for `STAGED_USER_DAYS`."""
    maintenance.run(maintenance.SELDOM, now=timezone.now())


@shared_task(ignore_result=True)
def erase_due(**_: Any) -> None:
    """Erase those whose days to change their mind are over; sent when there are no such days."""
    maintenance.run(["erasures"], now=timezone.now())


@shared_task(ignore_result=True)
def tell_key_owners(**_: Any) -> None:
    """Tell people whose key was leaked without waiting for `maintain`."""
    maintenance.run(["key_reminders"], now=timezone.now())


@shared_task(ignore_result=True)
def deliver_codes(**_: Any) -> None:
    """Send the codes people asked for; beat sends it too, should a nudge be lost."""
    link_delivery.deliver_codes(clock=timezone.now)
