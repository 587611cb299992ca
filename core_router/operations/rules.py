"""Changing what a community does not want said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from core_router.data import Action
from core_router.models import ModerationRule
from core_router.moderation import MOST_RULES, RuleSet, check_rule, compile_rules, regex_size
from core_router.operations.requirements import check_requirement, requirement_fields
from core_router.queries.rules import rule_of, rule_set, to_rule
from identity import api as identity
from labels.data import Requirement
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError, Flaw, NotFoundError
from waddlebot.lib.locks import hold
from waddlebot.lib.places import places_of

# Instructions of all regexes of a community: what RE2 runs in one or two sets.
MOST_REGEX: Final = 100_000


class RuleConflictError(ConflictError):
    code = "rule_conflict"


class TooManyRulesError(ConflictError):
    code = "too_many_rules"


@dataclass(frozen=True, slots=True)
class RuleWish:
    """All that can be said of a rule."""

    name: str
    pattern: str
    match: str
    actions: Sequence[Action] = ()
    allow: Sequence[str] = ()
    severity: int = 5
    exempt: Requirement = field(default_factory=Requirement)
    entities: Sequence[str] = ()
    mode: str = "enforce"
    case_sensitive: bool = False


def add_rule(*, community_id: int, wish: RuleWish, actor: str, now: datetime) -> ModerationRule:
    check_wish(wish)
    with transaction.atomic():
        rows = _locked_rows(community_id)
        if len(rows) >= MOST_RULES:
            raise TooManyRulesError(f"A community has at most {MOST_RULES} rules.")
        row = ModerationRule(community_id=community_id, created_at=now, **_fields(wish))
        _check_beside(row, rows)
        row.save(force_insert=True)
        _tell(row, "rule.added", actor, now, after=wish)
    return row


def change_rule(
    *, community_id: int, rule_id: int, changes: Mapping[str, Any], actor: str, now: datetime
) -> ModerationRule:
    with transaction.atomic():
        rows = _locked_rows(community_id)
        row = _find(rows, rule_id)
        before = wish_of(row)
        after = replace(before, **changes)
        check_wish(after)
        for name, value in _fields(after).items():
            setattr(row, name, value)
        _check_beside(row, rows)
        row.save()
        _tell(row, "rule.changed", actor, now, before=before, after=after)
    return row


def remove_rule(*, community_id: int, rule_id: int, actor: str, now: datetime) -> None:
    with transaction.atomic():
        row = _find(_locked_rows(community_id), rule_id)
        _tell(row, "rule.removed", actor, now, before=wish_of(row))
        row.delete()


def check_wish(wish: RuleWish) -> None:
    """Raise a DomainError for what no rule can be."""
    check_requirement(wish.exempt, pointer="#/exempt")
    places_of(wish.entities, pointer="#/entities")
    check_rule(rule_of(_fields(wish)))


def trial_set(*, community_id: int, wish: RuleWish | None) -> RuleSet:
    """Return the stored rules, or one that is only tried. Raises what is wrong with it."""
    if wish is None:
        return rule_set(community_id)
    check_wish(wish)
    return compile_rules([rule_of(_fields(wish))])


def wish_of(row: ModerationRule) -> RuleWish:
    rule = to_rule(row)
    return RuleWish(
        name=rule.name,
        pattern=rule.pattern,
        match=rule.match,
        actions=rule.actions,
        allow=rule.allow,
        severity=rule.severity,
        exempt=rule.exempt,
        entities=row.entities,
        mode=row.mode,
        case_sensitive=rule.case_sensitive,
    )


def _locked_rows(community_id: int) -> list[ModerationRule]:
    """Wait until nobody else changes this community's rules, and return them."""
    hold("rules of", community_id)
    return list(ModerationRule.objects.filter(community_id=community_id))


def _find(rows: Sequence[ModerationRule], rule_id: int) -> ModerationRule:
    for row in rows:
        if row.pk == rule_id:
            return row
    raise NotFoundError


def _check_beside(row: ModerationRule, rows: Sequence[ModerationRule]) -> None:
    others = [other for other in rows if other.pk != row.pk]
    if any(other.name == row.name for other in others):
        detail = "Another rule has this name."
        raise RuleConflictError(detail, errors=[Flaw("#/name", detail)])
    if (
        row.match == "regex"
        and sum(regex_size(to_rule(one)) for one in (row, *others)) > MOST_REGEX
    ):
        raise TooManyRulesError("All regexes of this community together are too large.")


def _fields(wish: RuleWish) -> dict[str, Any]:
    return {
        "name": wish.name,
        "pattern": wish.pattern,
        "match": wish.match,
        "actions": [dict(action) for action in wish.actions],
        "allow": list(wish.allow),
        "severity": wish.severity,
        "entities": list(wish.entities),
        "mode": wish.mode,
        "case_sensitive": wish.case_sensitive,
        **requirement_fields(wish.exempt),
    }


def _tell(
    row: ModerationRule,
    action: str,
    actor: str,
    now: datetime,
    before: RuleWish | None = None,
    after: RuleWish | None = None,
) -> None:
    announce("rules", str(row.community_id))
    identity.record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"rule:{row.pk}",
        details={
            "before": before and _fields(before),
            "after": after and _fields(after),
        },
        now=now,
    )
