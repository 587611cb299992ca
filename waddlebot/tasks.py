"""Tasks that belong to no app."""

from typing import Any, Final

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from waddlebot.lib import partitions

PARTITIONED: Final = ("audit_events", "command_executions", "moderation_log", "overlay_items")


@shared_task(ignore_result=True)
def make_partitions(**_: Any) -> None:
    partitions.make_partitions(PARTITIONED, now=timezone.now())


@shared_task(ignore_result=True)
def clear_sessions(**_: Any) -> None:
    """Forget the portal sessions that have ended."""
    call_command("clearsessions")
