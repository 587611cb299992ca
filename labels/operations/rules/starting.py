"""Beginning a run of a rule over everybody. Workers carry it out."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import Q

from labels.models import LabelRule, RuleRun
from labels.queries.rules.asking import ages
from labels.queries.rules.reading import UnreadableError, stored_conditions
from waddlebot.lib.nudge import nudge

RUN: Final = "labels.tasks.run_rules"
OFTEN: Final = timedelta(minutes=10)
SELDOM: Final = timedelta(hours=6)
"""What only changes by something that happens is looked at then; this finds what was missed."""
AT_ONCE: Final = 100


def start_run(
    rule: LabelRule, trigger: RuleRun.Trigger, *, actor: str = "system", now: datetime
) -> RuleRun:
    """Begin a run, or return the one that is on: there is one at a time."""
    values = {"trigger": trigger, "actor": actor, "started_at": now, "due_at": now}
    run, _ = RuleRun.objects.get_or_create(rule=rule, state=RuleRun.State.RUNNING, defaults=values)
    transaction.on_commit(partial(nudge, RUN))
    return run


def start_over(rule: LabelRule, *, actor: str, now: datetime) -> None:
    """Have everybody looked at anew, those a run that is on has done already too."""
    run = start_run(rule, RuleRun.Trigger.CHANGE, actor=actor, now=now)
    RuleRun.objects.filter(pk=run.pk).update(last_user_id=0)


def start_due(now: datetime) -> int:
    """Begin the runs whose time has come; return how many rules were due."""
    with transaction.atomic():
        due = LabelRule.objects.filter(Q(enabled=True, deleted_at=None, due_at__lte=now))
        rules = list(due.order_by("due_at").select_for_update(skip_locked=True)[:AT_ONCE])
        for rule in rules:
            start_run(rule, RuleRun.Trigger.TIME, now=now)
            rule.due_at = now + every(rule)
            rule.save(update_fields=["due_at"])
    return len(rules)


def every(rule: LabelRule) -> timedelta:
    try:
        return OFTEN if ages(stored_conditions(rule.conditions)) else SELDOM
    except UnreadableError:  # The run will say so.
        return SELDOM
