"""The pipeline for events that were accepted before."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone

from core_router.operations.inbox import Waiting
from core_router.operations.outgoing import queue_actions
from core_router.pipeline.answer import answer_of
from core_router.pipeline.context import QUEUE, Context
from core_router.pipeline.run import Manner, process
from identity.data import Credential, Scope


def work(items: Sequence[Waiting]) -> Sequence[Mapping[str, Any]]:
    """Process events in order and return the answers.

    Nobody waits for them: what is to be done in chat goes to the collector in this transaction.
    """
    answers = []
    for (community_id, proves_author), members in groupby(items, _sender):
        run = list(members)
        manner = Manner(_credential(community_id, proves_author=proves_author), timezone.now())
        _, contexts = process(
            [each.event for each in run], manner, ids=[each.execution_id for each in run]
        )
        for context in contexts:
            leave_to_collector(context)
        answers += [answer_of(context) for context in contexts]
    return answers


def leave_to_collector(context: Context) -> None:
    """Queue what is to be done in chat, in the transaction that is open."""
    if context.verdict is None or context.community is None:
        return
    queue_actions(
        community_id=context.community.id,
        entity=context.event.entity,
        execution_id=UUID(context.execution_id),
        actions=context.verdict.actions,
        author=context.event.user_id,
        now=context.now,
    )


def _sender(waiting: Waiting) -> tuple[int, bool]:
    return waiting.community_id, waiting.proves_author


def _credential(community_id: int, *, proves_author: bool) -> Credential:
    # Whoever sent it was allowed to when it was accepted, for this community alone.
    scopes = {Scope.EVENTS_WRITE} | ({Scope.IDENTITY_VERIFY} if proves_author else set())
    return Credential(
        kind=QUEUE,
        user_id=0,
        is_staff=False,
        scopes=frozenset(scopes),
        community_id=community_id,
    )
