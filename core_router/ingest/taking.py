"""Take one event of a platform's own through the pipeline, with its effects or not at all."""

from contextlib import ExitStack
from datetime import datetime
from typing import Final

from django.db import transaction

from core_router import pipeline
from core_router.data import Event
from core_router.operations.inbox import accept
from core_router.operations.nudge import nudge
from core_router.queries.entities import entity as find_entity
from identity.data import Credential, Scope
from waddlebot.lib.cache import forget_everything
from waddlebot.lib.errors import UnavailableError

PLATFORM: Final = Credential(
    kind=pipeline.QUEUE,
    user_id=0,
    is_staff=False,
    # The platform says who typed it, and is believed; it speaks for places that are proven.
    scopes=frozenset({Scope.EVENTS_WRITE, Scope.IDENTITY_VERIFY}),
)


def take_in(event: Event, *, now: datetime) -> pipeline.Context | None:
    """Process the event; what is to be done in chat waits for whoever does it there.

    Return None when too much is in work: then it is kept, and processed in a moment.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(pipeline.slots)
        except UnavailableError:
            _keep_for_later(event, now)
            return None
        try:
            with transaction.atomic():
                _, (context,) = pipeline.process([event], pipeline.Manner(PLATFORM, now))
                pipeline.leave_to_collector(context)
        except Exception:
            forget_everything()  # What was remembered of the lost transaction never was.
            raise
    return context


def _keep_for_later(event: Event, now: datetime) -> None:
    found = find_entity(event.entity)
    if found is not None and pipeline.speaks_for(PLATFORM, found):
        accept(event, community_id=found.community_id, proves_author=True, now=now)
        nudge()
