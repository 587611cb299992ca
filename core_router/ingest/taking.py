"""Take one event of a platform's own through the pipeline, with its effects or not at all."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core_router import pipeline
from core_router.data import Event
from core_router.operations.inbox import accept
from core_router.operations.nudge import nudge
from core_router.queries.entities import entity_of_event as find_entity
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


Lines = Sequence[Mapping[str, Any]]


def take_in(event: Event, *, now: datetime) -> pipeline.Context | None:
    """Process the event; what is to be done in chat waits for whoever does it there.

    Return None when too much is in work: then it is kept, and processed in a moment.
    """
    return _take(event, now, pipeline.leave_to_collector)


def speak_in(
    event: Event, *, now: datetime, longest: int
) -> tuple[pipeline.Context | None, Lines]:
    """The same where the platform takes lines of chat with our answer: return those it takes.

    They are the first ones that are all for everybody or all for one, and fit into `longest`.
    """
    lines: list[Mapping[str, Any]] = []

    def keep_lines(context: pipeline.Context) -> None:
        verdict = context.verdict
        if verdict is None:
            return
        lines.extend(_together(verdict.actions, longest))
        taken = {id(line) for line in lines}
        rest = [action for action in verdict.actions if id(action) not in taken]
        pipeline.leave_to_collector(replace(context, verdict=replace(verdict, actions=rest)))

    return _take(event, now, keep_lines), lines


def _together(actions: Lines, longest: int) -> Lines:
    chat = [each for each in actions if each["type"] == "chat" and not each.get("handled")]
    taken: list[Mapping[str, Any]] = []
    for line in chat:
        longest -= len(line["text"]) + 1
        if bool(line.get("ephemeral")) != bool(chat[0].get("ephemeral")) or longest < -1:
            break
        taken.append(line)
    return taken


def _take(
    event: Event, now: datetime, leave: Callable[[pipeline.Context], None]
) -> pipeline.Context | None:
    with ExitStack() as stack:
        try:
            stack.enter_context(pipeline.slots)
        except UnavailableError:
            _keep_for_later(event, now)
            return None
        try:
            with transaction.atomic():
                _, (context,) = pipeline.process([event], pipeline.Manner(PLATFORM, now))
                leave(context)
        except Exception:
            forget_everything()  # What was remembered of the lost transaction never was.
            raise
    return context


def _keep_for_later(event: Event, now: datetime) -> None:
    found = find_entity(event.entity)
    if found is not None and pipeline.speaks_for(PLATFORM, found):
        accept(event, community_id=found.community_id, proves_author=True, now=now)
        nudge()
