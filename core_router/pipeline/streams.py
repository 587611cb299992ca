"""Streams that begin and end: collectors claim the live ones first."""

from collections.abc import Sequence
from typing import Final

from core_router.operations.leases import mark_live
from core_router.pipeline.context import ALREADY, Context
from waddlebot.lib.places import Place

STREAMS: Final = {"stream_online": True, "stream_offline": False}


def note_streams(segment: Sequence[Context]) -> None:
    """Write it down: one statement for such an event, and none for any other."""
    for context in segment:
        event = context.event
        is_live = STREAMS.get(event.message_type)
        if is_live is not None and context.community and context.verdict != ALREADY:
            place = Place(event.platform, event.server_id, event.channel_id)
            mark_live(place, is_live=is_live)
