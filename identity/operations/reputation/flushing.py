"""From Redis to PostgreSQL, each point once, though a worker dies at any step.

A batch is closed under a number, and that number is written together with its points: whoever
takes the batch up again sees that it was written, and only removes it.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from redis import RedisError

from identity.models import ReputationFlush
from identity.operations.reputation import pending
from identity.operations.reputation.applying import add_points

logger = logging.getLogger(__name__)

KEPT: Final = timedelta(days=30)
BEGIN: Final = """
    INSERT INTO reputation_flushes (id, created_at) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING
"""


def flush(*, now: datetime) -> int:
    """Write what waits in every community; return the number of batches.

    A community that fails waits for the next time. Raises `redis.RedisError`.
    """
    started = time.time()
    written = 0
    for community_id in pending.marked():
        try:
            written += flush_community(community_id, now=now)
        except DatabaseError:
            logger.exception("Points could not be written", extra={"community_id": community_id})
    pending.unmark(before=started - pending.KEPT_S)
    return written


def catch_up(community_id: int) -> bool:
    """Write what waits here at once, for whoever asks about somebody who has only just spoken.

    Returns whether there was anything. In a transaction nothing is written: what is taken out of
    Redis would be lost when that is taken back.
    """
    if connection.in_atomic_block:
        return False
    try:
        return flush_community(community_id, now=timezone.now()) > 0
    except (RedisError, DatabaseError) as error:
        logger.warning("Points could not be written", extra={"error": type(error).__name__})
        return False


def flush_community(community_id: int, *, now: datetime) -> int:
    batches = pending.take(community_id)
    for batch in batches:
        counts = pending.read(community_id, batch)
        with transaction.atomic():
            if _is_first(batch, now):
                add_points(community_id=community_id, counts=counts, now=now)
        pending.drop(community_id, batch)
    return len(batches)


def forget_flushes(*, now: datetime) -> int:
    """Forget the numbers of batches that were removed from Redis long ago."""
    return ReputationFlush.objects.filter(created_at__lt=now - KEPT).delete()[0]


def _is_first(batch: UUID, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [batch, now])
        return bool(cursor.rowcount)
