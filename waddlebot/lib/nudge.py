"""Wake a worker. The row is the truth; beat finds what a lost message left behind."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis import RedisError

logger = logging.getLogger(__name__)


def nudge(task: str, *, after_s: float = 0) -> None:
    try:
        current_app.send_task(task, retry=False, countdown=after_s or None)
    except (RedisError, OperationalError) as error:
        logger.warning("No worker was woken", extra={"error": type(error).__name__})
