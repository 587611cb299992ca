"""The way of one event: dedupe → entity → moderation → look-up → enabled → platform and channel →
permission → arguments → limits → execute (contract 2).

`decide` runs the checks that need only memory; `gate` asks Redis for dedupe, session and limits
in one round trip, and its dedupe verdict overrules whatever the checks said; `execute` runs what
is answered in here, `outside` calls what is answered elsewhere, and both write it. So nothing is
burned, called or written for an event that came before.
"""

from core_router.pipeline.answer import answer_of
from core_router.pipeline.context import QUEUE, Context
from core_router.pipeline.entity import entity_spoken_for, speaks_for
from core_router.pipeline.queued import leave_to_collector
from core_router.pipeline.run import Manner, process
from core_router.pipeline.slots import Slots, slots
from core_router.pipeline.tickets import RequestLimit

__all__ = [
    "QUEUE",
    "Context",
    "Manner",
    "RequestLimit",
    "Slots",
    "answer_of",
    "entity_spoken_for",
    "leave_to_collector",
    "process",
    "slots",
    "speaks_for",
]
