"""Whom a rule concerns, and how: one look at everybody a community has seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from identity import api as identity
from labels.data import Source
from labels.models import Label, LabelRule, LabelSuppression, UserLabel
from labels.queries.rules.asking import Asking, open_spells
from labels.queries.rules.conditions import Condition
from labels.queries.rules.reading import stored_conditions

MOST_TURNS: Final = 3
TURNS_WITHIN: Final = timedelta(days=1)
"""Whoever was given a label so often by rules within a day is not given it again so soon: rules
that fight over somebody come to rest."""


class Verdict(StrEnum):
    """What a rule does about somebody; nothing is the empty text."""

    GAIN = "gain"
    LOSE = "lose"
    SUPPRESSED = "suppressed"  # A person took it off by hand.
    BLOCKED = "blocked"  # By what they hold of its exclusive scope, or by a fight of rules.


NOTHING: Final = Value("")
NOBODY: Final = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Judge:
    """A rule, as it is or as it would be. `rule_id` is 0 as long as it is not stored."""

    label: Label
    condition: Condition
    removes: bool
    priority: int = 0
    rule_id: int = 0

    @classmethod
    def of(cls, rule: LabelRule) -> "Judge":
        condition = stored_conditions(rule.conditions)
        return cls(rule.label, condition, rule.removes, rule.priority, rule.pk)

    @property
    def community_id(self) -> int:
        if self.label.community_id is None:
            raise LookupError("no rule gives a label of the system")
        return self.label.community_id


def verdicts(judge: Judge, now: datetime) -> "QuerySet[Any, Any]":
    """Return `user_id` and `verdict` of all with whom the rule would do something, or may not."""
    return judged(judge, now).exclude(verdict="")


def judged(judge: Judge, now: datetime) -> "QuerySet[Any, Any]":
    """The same of everybody."""
    asking = Asking(judge.community_id, judge.condition, now)
    people = identity.member_facts(community_id=judge.community_id, facts=asking.facts, now=now)
    is_lost = _is_mine(judge, now) & ~asking.filter(leaving=True)
    verdict = Case(
        When(Exists(held(judge, now)), then=_when(is_lost, Verdict.LOSE)),
        When(~asking.filter(), then=NOTHING),
        When(_is_suppressed(judge), then=Value(Verdict.SUPPRESSED.value)),
        When(_is_blocked(judge, now), then=Value(Verdict.BLOCKED.value)),
        default=Value(Verdict.GAIN.value),
        output_field=CharField(),
    )
    return people.annotate(verdict=verdict)


def held(judge: Judge, now: datetime) -> "QuerySet[UserLabel]":
    return open_spells(now).filter(label_id=judge.label.pk)


def given_by(rule_id: int) -> Q:
    return Q(source=Source.RULE.value, source_ref=str(rule_id))


def _when(condition: Q, verdict: Verdict) -> Case:
    return Case(
        When(condition, then=Value(verdict.value)), default=NOTHING, output_field=CharField()
    )


def _is_mine(judge: Judge, now: datetime) -> Q:
    if not judge.removes:
        return NOBODY
    return Q(Exists(held(judge, now).filter(given_by(judge.rule_id))))


def _is_suppressed(judge: Judge) -> Q:
    rows = LabelSuppression.objects.filter(label=judge.label, user_id=OuterRef("user_id"))
    return Q(Exists(rows))


def _is_blocked(judge: Judge, now: datetime) -> Q:
    turns = UserLabel.objects.filter(
        label=judge.label,
        user_id=OuterRef("user_id"),
        source=Source.RULE.value,
        given_at__gt=now - TURNS_WITHIN,
    )
    is_restless = Q(Exists(turns.order_by("pk")[MOST_TURNS - 1 :]))
    if not judge.label.exclusive_scope:
        return is_restless
    siblings = open_spells(now).filter(
        community_id=judge.community_id, exclusive_scope=judge.label.exclusive_scope
    )
    return is_restless | Q(Exists(siblings.exclude(_yields_to(judge))))


def _yields_to(judge: Judge) -> Q:
    """Return what the rule may replace: what rules gave, but for those that come before it."""
    scope = Q(label__scope=judge.label.scope, label__exclusive=True, deleted_at=None)
    stronger = LabelRule.objects.filter(scope, community_id=judge.community_id)
    if judge.rule_id:
        is_newer = Q(priority=judge.priority, pk__gt=judge.rule_id)
        stronger = stronger.filter(Q(priority__gt=judge.priority) | is_newer)
    else:
        stronger = stronger.filter(priority__gt=judge.priority)
    refs = [str(pk) for pk in stronger.values_list("pk", flat=True)]
    return Q(source=Source.RULE.value) & ~Q(source_ref__in=refs)
