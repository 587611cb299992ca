"""Tell built-in modules of what happens, one after the other by their priority.

A line that calls a command is the command's own. What the modules write is kept together with the
rows that say that they were told, and all of it once: the first of these bears the event's id.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from core_router import registry
from core_router.actions import carry_out
from core_router.data import BUILTIN, Action, Outcome
from core_router.engines.splitting import as_long_as_taken
from core_router.operations.executions import Execution, write_executions
from core_router.pipeline.context import ALREADY, UNTOLD, Context, Verdict
from core_router.pipeline.people import caller
from core_router.pipeline.rows import said
from core_router.sdk import EventCall, Module
from waddlebot.lib import metrics
from waddlebot.lib.errors import DomainError
from waddlebot.lib.ids import new_id

logger = logging.getLogger(__name__)

NO_COMMAND = 0


class AlreadyToldError(Exception):
    """Somebody else took up the same lost event first; what was done here is taken back."""


def listeners(context: Context) -> Sequence[Module]:
    """Return the modules that are told of an event, the first by priority first."""
    if context.community is None or context.command is not None:
        return ()
    if context.verdict is not None and context.verdict.outcome in UNTOLD:
        return ()
    kind, community_id = context.event.message_type, context.community.id
    return [each for each in registry.listeners(kind) if kind in each.hears(community_id)]


def tell_modules(contexts: Sequence[Context]) -> None:
    for context in contexts:
        if modules := listeners(context):
            try:
                with transaction.atomic():
                    actions = _tell(context, modules)
                _answer(context, actions)
            except AlreadyToldError:
                context.verdict = ALREADY


def preview_modules(context: Context) -> None:
    """What a dry run does instead: only those that change nothing are really told."""
    actions: list[Action] = []
    for module in listeners(context):
        if module.hears_purely:
            try:
                found, _, _ = _ask(context, module)
            except Exception:
                logger.exception("Module failed", extra={"module_slug": module.slug})
            else:
                actions += [{**action, "handled": False} for action in found]
    _answer(context, actions)


def _tell(context: Context, modules: Sequence[Module]) -> Sequence[Action]:
    rows: list[Execution] = []
    actions: list[Action] = []
    for module in modules:
        started = time.perf_counter()
        try:
            with transaction.atomic():
                found, status, reason = _ask(context, module)
                actions += carry_out(found, community_id=context.tenant.id, now=context.now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # A module is a guest: its bug must not take the router down, nor the other modules.
            logger.exception("Module failed", extra={"module_slug": module.slug})
            status, reason = "failed", "module_failed"
        seconds = time.perf_counter() - started
        metrics.execution_done(engine=BUILTIN, status=status, seconds=seconds)
        execution_id = str(new_id()) if rows else context.execution_id
        rows.append(_row(context, module, execution_id, status, reason, seconds))
    if context.execution_id not in write_executions(rows):
        raise AlreadyToldError
    return actions


def _ask(context: Context, module: Module) -> tuple[Sequence[Action], str, str]:
    """Return what it answers, how that went, and the code of its refusal."""
    call = EventCall(
        execution_id=UUID(context.execution_id),
        session_id=UUID(context.session_id),
        community=context.tenant,
        caller=caller(context),
        event=context.event,
        now=context.now,
        dry_run=context.dry_run,
    )
    try:
        reply = module.handle_event(call)
    except DomainError as refusal:
        return (), "refused", refusal.code
    actions = (*said(context, reply.text), *reply.actions)
    return as_long_as_taken(actions, context.event.platform), "success", ""


def _answer(context: Context, actions: Sequence[Action]) -> None:
    verdict = context.verdict or Verdict(Outcome.IGNORED)
    context.verdict = replace(verdict, actions=[*verdict.actions, *actions])


def _row(
    context: Context, module: Module, execution_id: str, status: str, reason: str, seconds: float
) -> Execution:
    event = context.event
    return Execution(
        id=execution_id,
        session_id=context.session_id,
        community_id=context.tenant.id,
        command_id=NO_COMMAND,
        command=event.message_type,
        engine=BUILTIN,
        module=module.slug,
        version="",
        user_id=caller(context).user_id,
        entity=event.entity,
        event_id=event.event_id,
        status=status,
        reason=reason,
        detail="",
        duration_ms=round(seconds * 1000, 3),
    )
