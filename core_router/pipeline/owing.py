"""What an event owes to the hooks of its community, written before anything is done about it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from django.db import transaction

from core_router.engines.base import EngineError
from core_router.engines.envelope import envelope_of
from core_router.operations.deliveries import Owed, owe
from core_router.operations.inbox import MAY_BE_A_CODE
from core_router.operations.nudge import DELIVERIES, nudge
from core_router.pipeline.context import UNTOLD, Context
from core_router.pipeline.people import caller
from core_router.queries.hooks import Hook, hooks_of
from waddlebot.lib.ids import new_id
from waddlebot.lib.sealing import BrokenSealError, seal, unseal


def told_of(context: Context) -> Sequence[Hook]:
    """Return the hooks that are told of an event, the first by priority first."""
    if context.community is None:
        return ()
    # Nearly no community has any.
    hooks = hooks_of(context.community.id)
    if not hooks or (context.verdict is not None and context.verdict.outcome in UNTOLD):
        return ()
    return hooks.get(context.event.message_type, ())


def owe_hooks(contexts: Sequence[Context]) -> None:
    """Owe these events to all who are told of them, in one statement."""
    owed = [each for context in contexts for each in _owed(context)]
    if owed and owe(owed):
        transaction.on_commit(partial(nudge, DELIVERIES))


def sealed_payload(envelope: Mapping[str, Any], user_id: str, text: str) -> dict[str, Any]:
    """Return an envelope as it waits: a text that may hold a code is sealed, as none is kept."""
    if not MAY_BE_A_CODE.search(text):
        return {"user_id": user_id, "envelope": envelope}
    return {"user_id": user_id, "sealed": seal(msgspec.json.encode(envelope)).decode()}


def envelope_in(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a module is to be sent. Raises EngineError when nobody can open it any more."""
    if sealed := payload.get("sealed"):
        try:
            opened: Mapping[str, Any] = msgspec.json.decode(unseal(sealed.encode()))
        except BrokenSealError:
            detail = "It was sealed with a key that is gone."
            raise EngineError("lost_key", detail) from None
        return opened
    envelope: Mapping[str, Any] = payload["envelope"]
    return envelope


def _owed(context: Context) -> Iterator[Owed]:
    hooks = told_of(context)
    if not hooks:
        return
    event, after = context.event, None
    envelope = envelope_of(
        kind="event",
        session_id=context.session_id,
        community=context.tenant,
        caller=caller(context),
        event=event,
    )
    payload = sealed_payload(envelope, event.user_id, event.message_content)
    for hook in hooks:
        owed = Owed(
            id=new_id(),
            engine_id=hook.engine_id,
            entity=event.entity,
            community_id=context.tenant.id,
            execution_id=context.execution_id,
            session_id=context.session_id,
            event_id=event.event_id,
            message_type=event.message_type,
            payload=payload,
            hook_id=hook.id,
            after=after if hook.is_sequential else None,
        )
        if hook.is_sequential:
            after = owed.id
        yield owed
