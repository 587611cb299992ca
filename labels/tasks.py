"""Celery envelopes of labels."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from labels.operations.assigning.expiring import end_expired as expire
from labels.operations.labels import settle_labels as settle


@shared_task(ignore_result=True)
def end_expired(**_: Any) -> None:
    """End the labels that are over, and tell the other apps."""
    expire(clock=timezone.now)


@shared_task(ignore_result=True)
def settle_labels(**_: Any) -> None:
    """End what was removed labels, and what excludes itself; beat sends it too."""
    settle(clock=timezone.now)
