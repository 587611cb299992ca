"""Making, changing and removing rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from identity.api import record
from labels.models import LabelRule, RuleRun
from labels.operations.rules.circles import refuse_circles
from labels.operations.rules.resting import why_at_rest
from labels.operations.rules.starting import every, start_over, start_run
from labels.operations.rules.wishes import RuleWish, facts_of, label_meant, wish_of
from labels.queries.rules.conditions import as_json
from labels.queries.rules.reading import read_conditions
from labels.queries.rules.rows import rule_row, rules_of
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError, Flaw
from waddlebot.lib.locks import hold

MOST_RULES: Final = 50


class RuleConflictError(ConflictError):
    code = "rule_conflict"


class TooManyRulesError(ConflictError):
    code = "too_many_rules"


class RuleDisabledError(ConflictError):
    code = "rule_disabled"


def add_rule(*, community_id: int, wish: RuleWish, actor: str, now: datetime) -> LabelRule:
    """Make a rule; unless it is switched off, a first run begins at once."""
    label = label_meant(community_id, wish.label)
    with transaction.atomic():
        lock_rules(community_id)
        rules = list(rules_of(community_id))
        if len(rules) >= MOST_RULES:
            raise TooManyRulesError(f"A community has at most {MOST_RULES} rules.")
        rule = LabelRule(community_id=community_id, label=label, created_at=now)
        _put(rule, wish, rules, now)
        if rule.enabled:
            start_run(rule, RuleRun.Trigger.CHANGE, actor=actor, now=now)
        _tell(rule, "label_rule.added", actor, now, after=facts_of(rule))
    return rule


def change_rule(
    *, rule_id: int, changes: Mapping[str, Any], actor: str, now: datetime
) -> LabelRule:
    """Change the named fields of a RuleWish, but for the label.

    Unless only its name is another, everybody is looked at anew. A rule that is switched off
    gives and takes nothing: what it gave stays, and is its own again when it is switched on.
    """
    with transaction.atomic():
        rule = locked_rule(rule_id)
        before = facts_of(rule)
        wish = replace(wish_of(rule), **changes)
        _put(rule, wish, list(rules_of(rule.community_id)), now)
        after = facts_of(rule)
        if rule.enabled and after != before | {"name": rule.name}:
            start_over(rule, actor=actor, now=now)
        _tell(rule, "label_rule.changed", actor, now, before=before, after=after)
    return rule


def remove_rule(*, rule_id: int, take: bool, actor: str, now: datetime) -> None:
    """Remove a rule. What it gave stays, for somebody to take off; with `take` it goes too."""
    with transaction.atomic():
        rule = locked_rule(rule_id)
        before = facts_of(rule) | {"take": take}
        if take:
            rule.enabled, rule.deleted_at = False, now
            rule.save(update_fields=["enabled", "deleted_at"])
            rule.runs.all().delete()
            start_run(rule, RuleRun.Trigger.DELETION, actor=actor, now=now)
        else:
            LabelRule.objects.filter(pk=rule.pk).delete()
        _tell(rule, "label_rule.removed", actor, now, before=before)


def run_rule(*, rule_id: int, actor: str, now: datetime) -> RuleRun:
    """Begin a run over everybody, or return the one that is on."""
    with transaction.atomic():
        rule = locked_rule(rule_id)
        if not rule.enabled:
            raise RuleDisabledError("This rule is switched off.")
        on = rule.runs.filter(state=RuleRun.State.RUNNING).first()
        if on is not None:
            return on
        run = start_run(rule, RuleRun.Trigger.HAND, actor=actor, now=now)
        after = {"run": str(run.pk)}
        _tell(rule, "label_rule.run", actor, now, before={"run": None}, after=after)
    return run


def lock_rules(community_id: int) -> None:
    """Wait until no rule of a community is changed or at work; taken before any other lock."""
    hold("label rules", community_id)


def locked_rule(rule_id: int) -> LabelRule:
    """Return a rule as it is once nobody else changes it."""
    lock_rules(rule_row(rule_id).community_id)
    return rule_row(rule_id)


def _put(rule: LabelRule, wish: RuleWish, rules: Sequence[LabelRule], now: datetime) -> None:
    others = [other for other in rules if other.pk != rule.pk]
    if any(other.name == wish.name for other in others):
        detail = "Another rule has this name."
        raise RuleConflictError(detail, errors=[Flaw("#/name", detail)])
    if wish.conditions != rule.conditions:
        condition = read_conditions(wish.conditions, community_id=rule.community_id)
        rule.conditions = as_json(condition)
    rule.name, rule.removes, rule.priority = wish.name, wish.removes, wish.priority
    rule.enabled, rule.disabled_because, rule.updated_at = wish.enabled, "", now
    rule.due_at = now + every(rule)
    if rule.enabled and (reason := why_at_rest(rule)):
        raise RuleDisabledError(f"This rule cannot be switched on: {reason}.")
    rule.save()
    refuse_circles([*others, rule])


def _tell(
    rule: LabelRule,
    action: str,
    actor: str,
    now: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    announce("label_rules", str(rule.community_id))
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=rule.community_id,
        target=f"label_rule:{rule.pk}",
        details={"before": before, "after": after},
        now=now,
    )
