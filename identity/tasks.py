"""Celery envelopes of identity."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from identity.operations import building, exporting


@shared_task(ignore_result=True)
def build_exports(**_: Any) -> None:
    """Build the exports people asked for; beat sends it too, should a nudge be lost."""
    building.build_exports(clock=timezone.now)


@shared_task(ignore_result=True)
def tidy_exports(**_: Any) -> None:
    exporting.tidy(now=timezone.now())
