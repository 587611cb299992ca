"""What the platforms themselves send: checked, taken through the pipeline, and answered.

They wait a few seconds for an answer. So modules outside this process are not waited for: their
calls are owed to them in the transaction that takes the event, as for events from the queue.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final

from core_router.ingest.private import take_private
from core_router.ingest.taking import take_in
from core_router.wire import to_event
from waddlebot.lib.endpoints import Answer, Asked, Route
from waddlebot.platforms import kick_hooks, twitch_hooks
from waddlebot.platforms.hooks import Challenge, Happened, Heard, Private, Revoked

logger = logging.getLogger(__name__)

Read = Callable[..., Heard | None]

MOST_BYTES: Final = 64 * 1024
DONE: Final = Answer(HTTPStatus.NO_CONTENT, b"")


def hook_of(platform: str, read: Read, signed_by: tuple[str, ...]) -> Route:
    """Return the endpoint of a platform that wants to hear no more than that we have heard."""

    def take(asked: Asked, *, now: datetime) -> Answer:
        match read(asked.body, asked.headers, now=now):
            case Challenge(text):
                return Answer(HTTPStatus.OK, text.encode(), content_type="text/plain")
            case Happened(event):
                take_in(to_event(event), now=now)
            case Private() as told:
                take_private(told, now=now)
            case Revoked(what, why):
                facts = {"platform": platform, "subscription": what, "reason": why}
                logger.warning("A platform sends no more of an event", extra=facts)
        return DONE

    return Route("core_router", take, MOST_BYTES, signed_by)


TWITCH: Final = hook_of("twitch", twitch_hooks.read, twitch_hooks.SIGNED_BY)
KICK: Final = hook_of("kick", kick_hooks.read, kick_hooks.SIGNED_BY)
ROUTES: Final[Mapping[str, Route]] = {
    "/router/v1/hooks/kick": KICK,
    "/router/v1/hooks/twitch": TWITCH,
}
