"""Run the commands of events that passed every check, and write what ran."""

import logging
import time
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from core_router import registry
from core_router.actions import carry_out
from core_router.data import Action, Outcome, Reason
from core_router.engines.echo import echo
from core_router.engines.splitting import as_long_as_taken
from core_router.engines.text import Template, TextContext, compile_template
from core_router.operations.executions import Execution, take_uses, write_executions
from core_router.pipeline.context import ALREADY, Context, Verdict
from core_router.pipeline.people import caller
from core_router.pipeline.rows import called, execution_row, said
from core_router.pipeline.sending import send_out, together
from core_router.queries.counters import counter_values
from core_router.sdk import Call, RefusedError, Reply
from identity.data import Scope
from waddlebot.lib.errors import DomainError

logger = logging.getLogger(__name__)

BROKEN = "Sorry, that command is broken right now."


class AlreadyDoneError(Exception):
    """Somebody else took up the same lost execution first; what was done here is taken back."""


compiled = lru_cache(maxsize=20_000)(compile_template)


def run_texts(contexts: Sequence[Context]) -> None:
    """Answer text commands: all use counts, then all rows, each in one go."""
    if not contexts:
        return
    templates = [compiled(called(context).response) for context in contexts]
    counted = Tally(
        called(context).id
        for context, template in zip(contexts, templates, strict=True)
        if template.needs_count
    )
    with together(contexts, always=bool(counted)):
        _answer_texts(contexts, templates, take_uses(dict(counted)), counted)


def run_module(context: Context) -> None:
    """Call a built-in module; what it writes is kept together with the execution row, or not."""
    started = time.perf_counter()
    try:
        with transaction.atomic():
            actions = carry_out(
                _actions(context, _call_module(context)),
                community_id=context.tenant.id,
                now=context.now,
            )
            duration_ms = (time.perf_counter() - started) * 1000
            _write_first(execution_row(context, "success", duration_ms=duration_ms))
            context.verdict = Verdict(Outcome.EXECUTED, actions=actions)
            send_out([context])
    except AlreadyDoneError:
        context.verdict = ALREADY
    except DomainError as refusal:
        _end(context, _refused(context, refusal), "refused", refusal.code)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # A module is a guest: its bug must not take the router down.
        logger.exception("Module failed", extra={"module_slug": called(context).module})
        reason = Reason("module_failed", "The command broke while it ran.")
        verdict = Verdict(Outcome.FAILED, reason, said(context, BROKEN))
        _end(context, verdict, "failed", reason.code)


def preview(context: Context) -> None:
    """What a dry run does instead: texts as they would be, modules that change nothing."""
    command = called(context)
    if command.response:
        template = compiled(command.response)
        text = template.render(_text_context(context, template, 0, _counters(context, template)))
        context.verdict = Verdict(Outcome.EXECUTED, actions=said(context, text))
        return
    if command.engine:
        context.detail = "not called: it is answered outside this WaddleBot"
        context.verdict = Verdict(Outcome.EXECUTED)
        return
    spec = registry.spec_of(command.module, command.name)
    if spec is None or not spec.is_pure:
        context.detail = "not called: it would change something"
        context.verdict = Verdict(Outcome.EXECUTED)
        return
    try:
        actions = [
            {**action, "handled": False} for action in _actions(context, _call_module(context))
        ]
        context.verdict = Verdict(Outcome.EXECUTED, actions=actions)
    except DomainError as refusal:
        context.verdict = _refused(context, refusal)


def _end(context: Context, verdict: Verdict, status: str, reason: str) -> None:
    context.verdict = verdict
    with together([context]):
        write_executions([execution_row(context, status, reason=reason)])
        send_out([context])


def _write_first(row: Execution) -> None:
    if not write_executions([row]):
        raise AlreadyDoneError


def _call_module(context: Context) -> Reply:
    command = called(context)
    module = registry.module(command.module)
    if module is None:
        raise RefusedError(f"The module {command.module} is not installed on this WaddleBot.")
    return module.handle(
        Call(
            execution_id=UUID(context.execution_id),
            session_id=UUID(context.session_id),
            community=context.tenant,
            caller=caller(context),
            event=context.event,
            command=command.name,
            word=context.word,
            args=context.args,
            raw_args=context.raw_args,
            now=context.now,
            dry_run=context.dry_run,
            proves_author=Scope.IDENTITY_VERIFY in context.credential.scopes,
        )
    )


def _answer_texts(
    contexts: Sequence[Context],
    templates: Sequence[Template],
    uses: Mapping[int, int],
    counted: Tally[int],
) -> None:
    rows = []
    for context, template in zip(contexts, templates, strict=True):
        started = time.perf_counter()
        command_id = called(context).id
        count = 0
        if template.needs_count:
            counted[command_id] -= 1
            count = uses[command_id] - counted[command_id]
        counters = _counters(context, template)
        text = template.render(_text_context(context, template, count, counters))
        context.verdict = Verdict(Outcome.EXECUTED, actions=said(context, text))
        duration_ms = (time.perf_counter() - started) * 1000
        rows.append(execution_row(context, "success", duration_ms=duration_ms))
    new = write_executions(rows)
    for context in contexts:
        if context.execution_id not in new:
            context.verdict = ALREADY
    send_out(contexts)


def _text_context(
    context: Context, template: Template, count: int, counters: Mapping[str, int]
) -> TextContext:
    event, someone = context.event, caller(context)
    return TextContext(
        user=someone.display_name,
        user_id=someone.public_id,
        now=context.now,
        args=context.args,
        raw_args=context.raw_args,
        channel=event.channel_id or event.server_id,
        platform=event.platform,
        community=context.tenant.name,
        count=count,
        counters=counters,
        labels=someone.labels,
    )


def _counters(context: Context, template: Template) -> Mapping[str, int]:
    if not template.counters:
        return {}
    return counter_values(community_id=context.tenant.id, names=template.counters)


def _refused(context: Context, refusal: DomainError) -> Verdict:
    # A module may quote what was typed.
    detail = echo(refusal.detail)
    return Verdict(Outcome.DENIED, Reason(refusal.code, detail), said(context, detail))


def _actions(context: Context, reply: Reply) -> Sequence[Action]:
    actions = (*said(context, reply.text), *reply.actions)
    return as_long_as_taken(actions, context.event.platform)
