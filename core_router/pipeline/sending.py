"""Give the platform connector what events have to have done in chat, as they take effect.

What it is given is written in the transaction that says how the event ended: an event that came
twice is answered once, and no answer is lost between the two. Events from the queue are not
looked at here: whoever has them in hand knows what the platform's own answer takes along.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from core_router.operations.connector import Parcel, carrier_of, hand_over
from core_router.pipeline.context import QUEUE, Context


@contextmanager
def together(contexts: Sequence[Context], *, always: bool = False) -> Iterator[None]:
    """Open a transaction if something will have to be sent with what is written."""
    if always or any(_is_carried(context) for context in contexts):
        with transaction.atomic():
            yield
    else:
        yield


def send_out(contexts: Sequence[Context]) -> None:
    """Hand over what is not handled yet, and say so in the verdicts."""
    owing = [c for c in contexts if c.verdict and c.verdict.actions and _is_carried(c)]
    if not owing:
        return
    told = hand_over([_parcel_of(context) for context in owing], now=owing[0].now)
    for context, actions in zip(owing, told, strict=True):
        if context.verdict:
            context.verdict = replace(context.verdict, actions=actions)


def _is_carried(context: Context) -> bool:
    if context.dry_run or context.community is None or context.credential.kind == QUEUE:
        return False
    return carrier_of(context.event.entity, context.community.id) is not None


def _parcel_of(context: Context) -> Parcel:
    return Parcel(
        community_id=context.tenant.id,
        entity=context.event.entity,
        execution_id=UUID(context.execution_id),
        actions=context.verdict.actions if context.verdict else (),
        author=context.event.user_id,
    )
