"""What an event earns whom it is about, as the gate counts it."""

from typing import Final

from core_router.data import Event, Outcome
from core_router.pipeline.context import Context
from identity import api as identity
from identity.data import COUNTED, SUBSCRIBER_ROLES

MOST_BITS: Final = 100_000


def gain_of(context: Context) -> str:
    """Return the field to count in, or nothing: what a rule stopped earns nothing."""
    event = context.event
    kind = event.message_type
    points = identity.points_in(context.tenant.id)[kind]
    if kind == "cheer":
        points *= _bits(event)
    stopped = context.verdict is not None and context.verdict.outcome is Outcome.MODERATED
    if stopped or not (points or kind in COUNTED):
        return ""
    return identity.gain_field(
        identity.Gain(
            context.now.date(),
            kind,
            points,
            event.platform,
            event.user_id,
            event.user_name,
            event.display_name,
            not SUBSCRIBER_ROLES.isdisjoint(event.user_roles),
        )
    )


def _bits(event: Event) -> int:
    bits = event.metadata.get("bits")
    if not isinstance(bits, int) or isinstance(bits, bool):
        return 0
    return max(0, min(bits, MOST_BITS))
