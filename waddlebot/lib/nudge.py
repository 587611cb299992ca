"""Wake a worker. The row is the truth; beat finds what a lost message left behind."""

import logging
from typing import Final

from celery import current_app
from kombu.exceptions import OperationalError
from redis import RedisError

from waddlebot.lib.silence import Silence

logger = logging.getLogger(__name__)

_silence: Final = Silence(5)


def nudge(task: str, *, after_s: float = 0) -> None:
    """Send the message, but none for a moment after a broker has let somebody wait in vain."""
    if _silence.is_kept():
        return
    try:
        current_app.send_task(task, retry=False, countdown=after_s or None)
    except (RedisError, OperationalError) as error:
        _silence.begin()
        logger.warning("No worker was woken", extra={"error": type(error).__name__})
    else:
        _silence.end()
