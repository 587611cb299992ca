"""Celery envelopes of labels."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from labels.operations import importing, roles, rules
from labels.operations.assigning.expiring import end_expired as expire
from labels.operations.labels import settle_labels as settle
from labels.permissions import refusals_to_let_give


@shared_task(ignore_result=True)
def end_expired(**_: Any) -> None:
    """End the labels that are over, and tell the other apps."""
    expire(clock=timezone.now)


@shared_task(ignore_result=True)
def settle_labels(**_: Any) -> None:
    """End what was removed labels, and what excludes itself; beat sends it too."""
    settle(clock=timezone.now)


@shared_task(ignore_result=True)
def answer_wakes(**_: Any) -> None:
    """Have rules look at those to whom something happened; beat sends it too."""
    rules.answer_wakes(clock=timezone.now)


@shared_task(ignore_result=True)
def run_rules(**_: Any) -> None:
    """Carry out the runs of rules, and begin those whose time has come."""
    rules.run_rules(clock=timezone.now)
    rules.forget_runs(now=timezone.now())


@shared_task(ignore_result=True)
def run_import(**_: Any) -> None:
    """Go on with the import that waited longest; beat sends it too, should a nudge be lost."""
    importing.run_slice(clock=timezone.now, refusals=refusals_to_let_give)


@shared_task(ignore_result=True)
def tidy_imports(**_: Any) -> None:
    """Remove what broken uploads left, and the files of imports that ended long ago."""
    importing.tidy(now=timezone.now())


@shared_task(ignore_result=True)
def sync_roles(**_: Any) -> None:
    """Find out who gains and loses roles on the platforms, and give and take them there."""
    roles.plan_due(clock=timezone.now)
    roles.carry_out_due(clock=timezone.now)
