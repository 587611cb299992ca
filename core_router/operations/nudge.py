"""Wake whoever waits: a worker for queued events or deliveries, a collector for actions.

One message is enough until a worker has seen it.
"""

import logging
from typing import Final

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from waddlebot.lib.redis import call

logger = logging.getLogger(__name__)

EVENTS: Final = "core_router.tasks.process_queue"
DELIVERIES: Final = "core_router.tasks.deliver_events"
ACTIONS: Final = "core_router.tasks.send_actions"
CONNECTIONS: Final = "core_router.tasks.keep_connections"
SENT: Final = {
    CONNECTIONS: "wb:nudged:connections",
    EVENTS: "wb:nudged:events",
    DELIVERIES: "wb:nudged:deliveries",
    ACTIONS: "wb:nudged:actions",
}
AGAIN_AFTER_S: Final = 2


def nudge(task: str = EVENTS) -> None:
    """Send the message unless one is on its way. Beat finds what a lost one left behind."""
    try:
        if call("SET", SENT[task], "1", "NX", "EX", AGAIN_AFTER_S):
            current_app.send_task(task, retry=False)
    except (redis.RedisError, OperationalError) as error:
        logger.warning("No worker was woken", extra={"error": type(error).__name__})


def nudge_deliveries() -> None:
    nudge(DELIVERIES)


def nudge_arrived(task: str = EVENTS) -> None:
    """From now on a new event needs a new message: what is committed already will be seen."""
    try:
        call("DEL", SENT[task])
    except redis.RedisError as error:
        logger.warning("A nudge stays marked", extra={"error": type(error).__name__})


def actions_channel() -> str:
    """Return where entities with new actions are named.

    Redis does not divide pub/sub by database number, so the name keeps neighbours apart.
    """
    return f"waddlebot:actions:{settings.DATABASES['default']['NAME']}"


def wake_collectors(entity: str) -> None:
    """Tell those who wait for this entity's actions. They look by themselves now and then, too."""
    try:
        call("PUBLISH", actions_channel(), entity)
    except redis.RedisError as error:
        logger.warning("No collector was woken", extra={"error": type(error).__name__})
