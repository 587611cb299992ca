"""What beat sends, and how often: each task looks for what is due, so no lost message matters."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

EVERY: Final[Mapping[str, timedelta]] = {
    "core_router.tasks.process_queue": timedelta(seconds=5),
    "core_router.tasks.deliver_events": timedelta(seconds=2),
    "core_router.tasks.send_actions": timedelta(seconds=2),
    "core_router.tasks.keep_connections": timedelta(seconds=15),
    "core_router.tasks.forget_finished_events": timedelta(hours=1),
    "core_router.tasks.end_overdue": timedelta(seconds=30),
    "core_router.tasks.count_usage": timedelta(minutes=1),
    "identity.tasks.maintain": timedelta(minutes=10),
    "identity.tasks.maintain_seldom": timedelta(hours=6),
    "identity.tasks.build_exports": timedelta(minutes=1),
    "identity.tasks.flush_reputation": timedelta(seconds=10),
    "identity.tasks.deliver_codes": timedelta(seconds=10),
    "labels.tasks.end_expired": timedelta(seconds=10),
    "labels.tasks.run_import": timedelta(seconds=10),
    "labels.tasks.tidy_imports": timedelta(minutes=10),
    "labels.tasks.settle_labels": timedelta(minutes=1),
    "labels.tasks.answer_wakes": timedelta(seconds=10),
    "labels.tasks.run_rules": timedelta(minutes=1),
    "labels.tasks.sync_roles": timedelta(seconds=15),
    "waddlebot.tasks.clear_sessions": timedelta(hours=6),
    "waddlebot.tasks.make_partitions": timedelta(hours=12),
}


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return it as Celery reads it; what no worker has begun when the next is due is dropped."""
    return {
        task: {"task": task, "schedule": period, "options": {"expires": period.total_seconds()}}
        for task, period in EVERY.items()
    }
