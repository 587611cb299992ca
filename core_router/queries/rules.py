"""The moderation rules of a community, compiled, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from core_router.data import Hit, Rule
from core_router.models import ModerationRule
from core_router.moderation import RuleSet, compile_rules, folded
from core_router.queries.commands import to_requirement
from waddlebot.lib.cache import LocalCache
from waddlebot.lib.errors import NotFoundError


def rule_set(community_id: int) -> RuleSet:
    return _sets.get(str(community_id))


def load_rule_set(community_id: str) -> RuleSet:
    rows = ModerationRule.objects.filter(community_id=int(community_id)).exclude(mode="off")
    return compile_rules(to_rule(row) for row in rows.order_by("id"))


def rule_rows(community_id: int) -> QuerySet[ModerationRule]:
    return ModerationRule.objects.filter(community_id=community_id)


def rule_row(*, community_id: int, rule_id: int) -> ModerationRule:
    """Raises NotFoundError: unknown, or not yours."""
    row = rule_rows(community_id).filter(pk=rule_id).first()
    if row is None:
        raise NotFoundError
    return row


def to_rule(row: ModerationRule) -> Rule:
    return rule_of(vars(row))


def rule_of(fields: Mapping[str, Any]) -> Rule:
    """Return the rule that columns of these values make; its id is 0 before it is stored."""
    return Rule(
        id=fields.get("id") or 0,
        name=fields["name"],
        pattern=fields["pattern"],
        match=fields["match"],
        severity=fields["severity"],
        actions=tuple(fields["actions"]),
        allow=tuple(fields["allow"]),
        exempt=to_requirement(fields),
        entities=frozenset(fields["entities"]),
        case_sensitive=fields["case_sensitive"],
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """What would happen to a text."""

    text: str
    normalised: str
    hits: tuple[Hit, ...]


def try_rules(text: str, rules: RuleSet) -> Trial:
    return Trial(text, folded(text), tuple(rules.scan(text)))


_sets = LocalCache("rules", load_rule_set, size=2_000)
