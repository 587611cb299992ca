"""The pipeline for events that were accepted before."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from core_router.data import Event
from core_router.pipeline.answer import answer_of
from core_router.pipeline.run import Manner, process
from identity.data import Credential, Scope


def work(items: Sequence[tuple[UUID, int, Event]]) -> Sequence[Mapping[str, Any]]:
    """Process (execution id, community id, event) in order and return the answers."""
    answers = []
    for community_id, members in _runs(items):
        manner = Manner(_credential(community_id), timezone.now())
        _, contexts = process(
            [event for _, event in members], manner, ids=[number for number, _ in members]
        )
        answers += [answer_of(context) for context in contexts]
    return answers


def _credential(community_id: int) -> Credential:
    # Whoever sent it was allowed to when it was accepted, for this community alone.
    return Credential(
        kind="queue",
        user_id=0,
        is_staff=False,
        scopes=frozenset({Scope.EVENTS_WRITE}),
        community_id=community_id,
    )


def _runs(
    items: Sequence[tuple[UUID, int, Event]],
) -> list[tuple[int, list[tuple[UUID, Event]]]]:
    runs: list[tuple[int, list[tuple[UUID, Event]]]] = []
    for number, community_id, event in items:
        if not runs or runs[-1][0] != community_id:
            runs.append((community_id, []))
        runs[-1][1].append((number, event))
    return runs
