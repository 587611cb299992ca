"""Waking the overlay processes.

All they are told is in the database too: a lost message costs them a second.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from browser_sources.data import OverlayEvent
from waddlebot.lib.redis import client

logger = logging.getLogger(__name__)

PREFIX: Final = "asgi"  # The layer's own default.

Kind = Literal["overlay.queued", "overlay.told", "overlay.rotated", "overlay.revoked"]


def group() -> str:
    """The channel-layer group of every overlay process over this database.

    Redis does not divide pub/sub by database number, so the name keeps neighbours apart.
    """
    return f"overlays.{settings.DATABASES['default']['NAME']}"


def announce(
    kind: Kind,
    *,
    source_id: int,
    message: Mapping[str, Any] | None = None,
    wake_at: datetime | None = None,
) -> OverlayEvent:
    """Tell every overlay process once this commits; returns what they are told."""
    event: OverlayEvent = {
        "type": kind,
        "source_id": source_id,
        "message": message,
        "wake_at": wake_at.timestamp() if wake_at else None,
    }
    transaction.on_commit(partial(_publish, event))
    return event


def _publish(event: OverlayEvent) -> None:
    # The layer's own group_send needs an event loop, and from a thread of the web server that
    # would be a new loop and a new connection each time.
    layer: Any = get_channel_layer()
    channel = f"{PREFIX}__group__{group()}"
    try:
        client().publish(channel, layer.serialize(event))
    except redis.RedisError as error:
        logger.warning("Overlays were not woken", extra={"error": type(error).__name__})
