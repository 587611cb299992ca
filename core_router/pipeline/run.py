"""Take events through every step, in the contract's order."""

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError

from core_router.data import Event, Outcome, TraceStep
from core_router.models import ModerationEntry
from core_router.operations.moderation_log import write_moderation
from core_router.operations.refusals import remember_refusal
from core_router.pipeline.context import ALREADY, QUEUE, Context, Verdict
from core_router.pipeline.decide import decide
from core_router.pipeline.duplicates import is_lost
from core_router.pipeline.execute import preview, run_module, run_texts
from core_router.pipeline.gate import gate
from core_router.pipeline.handing_over import hand_over
from core_router.pipeline.limits import limit_uses, limits, limits_of
from core_router.pipeline.outside import run_outside
from core_router.pipeline.owing import owe_hooks, told_of
from core_router.pipeline.people import caller, meet_callers
from core_router.pipeline.points import gain_of
from core_router.pipeline.sending import send_out, together
from core_router.pipeline.slots import slots
from core_router.pipeline.streams import note_streams
from core_router.pipeline.telling import listeners, preview_modules, tell_modules
from core_router.pipeline.tickets import DUPLICATE, Pass, RequestLimit, Ticket
from core_router.queries.refusals import Refusal
from identity.data import Credential
from waddlebot.lib import metrics
from waddlebot.lib.errors import UnavailableError
from waddlebot.lib.ids import new_id
from waddlebot.lib.limits import Verdict as RateVerdict

logger = logging.getLogger(__name__)

REFUSED = {Outcome.DENIED, Outcome.LIMITED, Outcome.MODERATED, Outcome.FAILED}
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How events are to be taken. `request`: the counter of the credential, taken once."""

    credential: Credential
    now: datetime
    request: RequestLimit | None = None
    tracing: bool = False
    dry_run: bool = False


def process(
    events: Sequence[Event], manner: Manner, *, ids: Sequence[UUID] = ()
) -> tuple[RateVerdict | None, list[Context]]:
    """Take the events through in their order.

    `ids` are execution ids given before, for work taken up again. Raises `DatabaseError` when
    PostgreSQL is away: then what was not done may come again.
    """
    contexts = [
        Context(
            event=event,
            credential=manner.credential,
            now=manner.now,
            execution_id=str(ids[number] if ids else new_id()),
            tracing=manner.tracing or manner.dry_run,
            dry_run=manner.dry_run,
        )
        for number, event in enumerate(events)
    ]
    if len(contexts) > 1 and not manner.dry_run:
        meet_callers(contexts)
    try:
        return _take_through(contexts, manner.request), contexts
    finally:
        for context in contexts:
            if context.is_reserved:
                slots.free()


def _take_through(contexts: Sequence[Context], request: RequestLimit | None) -> RateVerdict | None:
    rate: RateVerdict | None = None
    segment: list[Context] = []
    for context in contexts:
        context.started = time.perf_counter()
        decide(context)
        if len(contexts) == 1:
            _reserve(context)
        segment.append(context)
        # What a module changes must be seen by the checks of the events after it.
        if context.will_run and context.will_run.module:
            rate, request = _finish(segment, request) or rate, None
            segment = []
    if segment or request:
        rate = _finish(segment, request) or rate
    return rate


def _reserve(context: Context) -> None:
    """Take room for a call outside, before anything is counted. Raises UnavailableError."""
    command = context.will_run
    is_handed_over = context.credential.kind == QUEUE
    if command and command.engine and not (context.dry_run or is_handed_over):
        if not slots.reserve():
            raise UnavailableError("Too many events are in work.", retry_after_s=1)
        context.is_reserved = True


def _finish(segment: Sequence[Context], request: RequestLimit | None) -> RateVerdict | None:
    rate = _pass_gate(segment, request)
    try:
        _take_effect([context for context in segment if not context.dry_run])
    except DatabaseError:
        for community_id, members in _by_community(segment).items():
            undone = [c for c in members if c.verdict is None or c.verdict != ALREADY]
            gate.release(community_id, [context.ticket for context in undone if context.ticket])
        raise
    for context in segment:
        if context.dry_run:
            _preview(context)
        if context.tracing:
            _complete_the_trace(context)
        context.duration_ms = round((time.perf_counter() - context.started) * 1000, 3)
        if not context.dry_run and context.verdict:
            _count(context, context.verdict)
            if context.verdict.outcome in REFUSED:
                _remember(context)
    return rate


def _preview(context: Context) -> None:
    if context.will_run:
        preview(context)
    else:
        preview_modules(context)


def _pass_gate(segment: Sequence[Context], request: RequestLimit | None) -> RateVerdict | None:
    rate = None
    communities = _by_community(segment) or ({NOBODY: []} if request else {})
    for community_id, members in communities.items():
        tickets = [_ticket(context) for context in members]
        for context, ticket in zip(members, tickets, strict=True):
            context.ticket = ticket
        peek = bool(members) and members[0].dry_run
        counted, passes = gate.enter(community_id, tickets, request=request, peek=peek)
        rate, request = rate or counted, None
        in_work = {context.execution_id for context in members}
        for context, answer in zip(members, passes, strict=True):
            _apply(context, answer, in_work)
    return rate


def _ticket(context: Context) -> Ticket:
    event, command = context.event, context.will_run
    row, otherwise = "-", "d" if told_of(context) else "-"
    if command or listeners(context):
        row = "c"
    if command:
        context.limits = limits_of(context, command)
    elif context.verdict and context.verdict.outcome is Outcome.MODERATED:
        row = "m"
    elif row == "-":
        row = otherwise
    return Ticket(
        dedupe=_dedupe(context),
        execution_id=context.execution_id,
        session=f"s:{event.entity}:{event.user_id}",
        # A new session bears the name of its first execution.
        new_session_id=context.execution_id,
        limits=limit_uses(context, command) if command else (),
        row=row,
        otherwise=otherwise,
        gain=gain_of(context),
    )


def _dedupe(context: Context) -> str:
    event = context.event
    return f"d:{event.platform}:{event.event_id}" if event.event_id else ""


def _apply(context: Context, answer: Pass, in_work: Collection[str]) -> None:
    if answer.code == DUPLICATE:
        first = answer.text[1:]
        context.execution_id = first
        if first not in in_work and not context.dry_run and is_lost(answer.text):
            # Its first processing died before it wrote anything: this one takes its place.
            _, passes = gate.enter(context.tenant.id, [_ticket(context)])
            _apply(context, passes[0], in_work)
            return
        context.verdict = ALREADY
        context.trace = [
            TraceStep("dedupe", ok=False, detail="processed before", remedy="another event id")
        ]
        return
    context.session_id = answer.text
    if context.tracing:
        seen = "new" if context.event.event_id else "no event id: never a duplicate"
        context.trace.insert(0, TraceStep("dedupe", ok=True, detail=seen))
    if context.will_run:
        context.verdict = limits(context, answer)
        if context.tracing:
            context.note("limits", context.verdict)


def _take_effect(segment: Sequence[Context]) -> None:
    # First what is owed to hooks: who finds later what the event left finds that it is owed too.
    owe_hooks(segment)
    tell_modules(segment)
    texts = [context for context in segment if context.will_run and context.will_run.response]
    stopped = [c for c in segment if c.verdict and c.verdict.outcome is Outcome.MODERATED]
    with together(stopped, always=bool(stopped and texts)):
        write_moderation([_entry(context) for context in stopped])
        send_out(stopped)
        run_texts(texts)
    out = [context for context in segment if context.will_run and context.will_run.engine]
    if out:
        run_outside([context for context in out if context.credential.kind != QUEUE])
        # For those from the queue nobody waits, and its transaction must not wait for a module.
        hand_over([context for context in out if context.credential.kind == QUEUE])
    for context in segment:
        if context.will_run and context.will_run.module:
            run_module(context)
    send_out(segment)
    note_streams(segment)


def _entry(context: Context) -> ModerationEntry:
    event = context.event
    return ModerationEntry(
        id=UUID(context.execution_id),
        community_id=context.tenant.id,
        rule_id=context.hits[0].rule.id,
        entity=event.entity,
        platform_user_id=event.user_id,
        message_id=event.message_id,
        matches=[{"rule_id": hit.rule.id, "spans": hit.spans} for hit in context.hits],
        actions=list(context.verdict.actions) if context.verdict else [],
    )


def _count(context: Context, verdict: Verdict) -> None:
    metrics.event_done(
        platform=context.event.platform,
        outcome=verdict.outcome.value,
        seconds=context.duration_ms / 1000,
    )
    if verdict.outcome is Outcome.LIMITED and verdict.reason:
        metrics.rate_limited(verdict.reason.code)
    elif verdict.outcome is Outcome.MODERATED:
        for action in verdict.actions:
            metrics.moderation_hit(action.get("action", action["type"]))


def _complete_the_trace(context: Context) -> None:
    if context.community is None:
        context.trace.insert(
            0, TraceStep("dedupe", ok=True, detail="nothing is remembered for nobody")
        )
    elif context.trace[-1].step == "limits" and context.trace[-1].ok:
        verdict = context.verdict
        context.detail = context.detail or f"{len(verdict.actions) if verdict else 0} actions"
        context.note("execute", None if verdict is None or verdict.reason is None else verdict)
    if told := [
        *(each.slug for each in listeners(context)),
        *("a hook" for _ in told_of(context)),
    ]:
        context.detail = f"told: {', '.join(told)}"
        context.note("events", None)


def _remember(context: Context) -> None:
    verdict = context.verdict
    if verdict is None or verdict.reason is None or context.community is None:
        return
    if not context.tracing:
        _retrace(context)
    try:
        user_id = caller(context).user_id
    except DatabaseError as error:
        # What was done stands; only its explanation is lost.
        logger.warning("A refusal is not remembered", extra={"error": type(error).__name__})
        return
    remember_refusal(
        Refusal(
            command=context.word,
            outcome=verdict.outcome,
            reason=verdict.reason,
            at=context.now,
            trace=tuple(context.trace),
            prefix=context.command.prefix if context.command else "!",
        ),
        community_id=context.community.id,
        user_id=user_id,
        platform=context.event.platform,
        user_name=context.event.user_name,
    )


def _retrace(context: Context) -> None:
    """Say afterwards what the checks saw; they read only memory, so asking again is cheap."""
    again = replace(context, tracing=True, verdict=None, trace=[], detail="")
    decide(again)
    context.trace = again.trace
    if context.verdict and context.verdict.outcome is Outcome.LIMITED:
        context.note("limits", context.verdict)


def _by_community(segment: Sequence[Context]) -> dict[int, list[Context]]:
    found: dict[int, list[Context]] = defaultdict(list)
    for context in segment:
        if context.community is not None:
            found[context.community.id].append(context)
    return found
