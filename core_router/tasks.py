"""Celery envelopes of the router."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from core_router.operations import endings, inbox, outgoing
from core_router.operations.nudge import nudge_arrived
from core_router.pipeline.queued import work


@shared_task(ignore_result=True)
def process_queue(**_: Any) -> None:
    """Process events accepted with `respond-async`; beat sends it too, should a nudge be lost."""
    nudge_arrived()
    inbox.drain(work, clock=timezone.now)


@shared_task(ignore_result=True)
def forget_finished_events(**_: Any) -> None:
    inbox.forget_finished(now=timezone.now())


@shared_task(ignore_result=True)
def end_overdue(**_: Any) -> None:
    """End the calls that nobody answers any more, and the actions that nobody has fetched."""
    now = timezone.now()
    endings.end_overdue(now=now)
    outgoing.expire_actions(now=now)
