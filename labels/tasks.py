"""Celery envelopes of labels."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from labels.operations.labels import settle_labels as settle


@shared_task(ignore_result=True)
def settle_labels(**_: Any) -> None:
    """End what was removed labels, and what excludes itself; beat sends it too."""
    settle(clock=timezone.now)
