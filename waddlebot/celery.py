"""The Celery application: `celery -A waddlebot worker -B -P threads`."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, worker_ready

from waddlebot.runtime.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "waddlebot.settings")

app = Celery("waddlebot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def say_ready(**_: Any) -> None:
    """Tell the supervisor, which cannot ask a worker over HTTP."""
    if path := os.environ.get("WADDLEBOT_READY_FILE"):
        Path(path).touch()


@beat_embedded_init.connect
def stay_with_the_worker(**_: Any) -> None:
    # `-B` forks beat; a worker that is killed must not leave it behind.
    die_with_parent(os.getppid())
