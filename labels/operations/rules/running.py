"""Carrying out runs, a chunk of people at a time.

What a chunk does and how far the run has come is one transaction: a worker may die anywhere, and
the next one goes on where the last chunk ended.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from identity import api as identity
from labels.models import LabelRule, RuleRun
from labels.operations.rules.applying import Look, carry_out, holders_after, look_after
from labels.operations.rules.changing import lock_rules
from labels.operations.rules.resting import SWITCHED_OFF, rest, why_at_rest
from labels.operations.rules.starting import AT_ONCE, start_due
from waddlebot.lib.retries import in_transaction

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)
MOST_ATTEMPTS: Final = 5
KEPT: Final = timedelta(days=90)
A_RUN: Final = 10_000
GAVE_UP: Final = "it failed too often"

Clock = Callable[[], datetime]


class TakenOverError(Exception):
    """Another worker has this run in hand now, or it is gone."""


def run_rules(*, clock: Clock) -> int:
    """Begin what is due and carry it out until nothing is left; return how many runs ended."""
    while start_due(clock()) == AT_ONCE:
        pass
    done = 0
    while run := _claim(clock()):
        _carry_on(run, clock)
        done += 1
    return done


def forget_runs(*, now: datetime) -> int:
    """Forget what runs did long ago."""
    old = RuleRun.objects.filter(finished_at__lt=now - KEPT).values("pk")[:A_RUN]
    return RuleRun.objects.filter(pk__in=old).delete()[0]


def _claim(now: datetime) -> RuleRun | None:
    with transaction.atomic():
        due = RuleRun.objects.filter(state=RuleRun.State.RUNNING, due_at__lte=now)
        due = due.order_by("due_at").select_related("rule")
        run = due.select_for_update(skip_locked=True, of=["self"]).first()
        if run is not None:
            run.attempts, run.due_at = run.attempts + 1, now + LEASE
            run.save(update_fields=["attempts", "due_at"])
    return run


def _carry_on(run: RuleRun, clock: Clock) -> None:
    facts = {"run_id": str(run.pk), "rule_id": run.rule_id}
    try:
        while not _step(run, clock()):
            # That it moves shows that it can: only tries in vain are counted.
            run.attempts = 1
    except TakenOverError:
        logger.warning("A run of a rule was taken over", extra=facts)
    except Exception:
        logger.exception("A run of a rule failed", extra=facts)
        _put_back(run, clock())


@in_transaction
def _step(run: RuleRun, now: datetime) -> bool:
    """Do the next people; return whether that was all of them."""
    lock_rules(run.rule.community_id)
    mine = _in_hand(run).select_related("rule__label").select_for_update(of=["self"]).first()
    if mine is None:
        raise TakenOverError
    if problem := _problem(mine, now):
        _end(mine, RuleRun.State.FAILED, now, problem)
        return True
    look = _next_of(mine, now)
    # Held before anything is given, as whoever gives does.
    identity.hold_people(user_id for user_id, _ in look.found)
    counts = carry_out(mine.rule, look.found, now)
    progress = {} if look.last is None else {"last_user_id": look.last}
    _rows(run).update(**counts.raised(), **progress, attempts=1, due_at=now + LEASE)
    if look.last is None:
        _end(_rows(run).select_related("rule").get(), RuleRun.State.DONE, now)
    return look.last is None


def _next_of(run: RuleRun, now: datetime) -> Look:
    most = settings.BULK_OPERATION_SIZE
    if run.trigger == RuleRun.Trigger.DELETION:
        return holders_after(run.rule, run.last_user_id, most)
    return look_after(run.rule, run.last_user_id, most, now)


def _problem(run: RuleRun, now: datetime) -> str:
    """Return why the rule does not work any more, and switch it off for that."""
    rule = run.rule
    if run.trigger == RuleRun.Trigger.DELETION:
        return ""
    if not rule.enabled:
        return rule.disabled_because or SWITCHED_OFF
    reason = why_at_rest(rule)
    if reason:
        rest(rule, reason, now)
    return reason


def _end(run: RuleRun, state: RuleRun.State, now: datetime, error: str = "") -> None:
    if run.trigger == RuleRun.Trigger.DELETION:
        run.rule.delete()
        return
    if state is RuleRun.State.DONE:
        LabelRule.objects.filter(pk=run.rule_id).update(ran_at=now)
    if run.trigger == RuleRun.Trigger.TIME and not (error or run.added or run.removed):
        # Most looks find nothing: only the last one is told, by the rule.
        run.delete()
        return
    run.state, run.finished_at, run.error = state, now, error
    run.save(update_fields=["state", "finished_at", "error"])


def _put_back(run: RuleRun, now: datetime) -> None:
    is_given_up = run.attempts >= MOST_ATTEMPTS and run.trigger != RuleRun.Trigger.DELETION
    if is_given_up:
        failed = {"state": RuleRun.State.FAILED, "error": GAVE_UP, "finished_at": now}
        _in_hand(run).update(**failed)
    else:
        # What a removed rule gave is nobody's but this run's to take: it never gives up.
        tries = min(run.attempts, MOST_ATTEMPTS)
        _in_hand(run).update(due_at=now + timedelta(seconds=10 * 2**tries))


def _in_hand(run: RuleRun) -> "QuerySet[RuleRun]":
    return _rows(run).filter(state=RuleRun.State.RUNNING, attempts=run.attempts)


def _rows(run: RuleRun) -> "QuerySet[RuleRun]":
    return RuleRun.objects.filter(pk=run.pk)
