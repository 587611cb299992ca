"""What can be said of a rule."""

from dataclasses import dataclass
from typing import Any, Final

from labels.data import Kind
from labels.models import Label, LabelRule
from labels.queries.labels import find_labels
from labels.queries.rules.reading import read_conditions
from labels.queries.rules.verdicts import Judge
from waddlebot.lib.errors import Flaw, InvalidError

FACTS: Final = ("name", "label_id", "conditions", "removes", "priority", "enabled")


@dataclass(frozen=True, slots=True)
class RuleWish:
    """All that can be said of a rule; `label` is an id or a name."""

    label: int | str
    conditions: Any
    name: str = ""
    removes: bool = False
    priority: int = 0
    enabled: bool = True


def judge_for(*, community_id: int, wish: RuleWish, rule: LabelRule | None = None) -> Judge:
    """Return what a rule would judge by, if it were made so, or changed so."""
    return Judge(
        label=rule.label if rule else label_meant(community_id, wish.label),
        condition=read_conditions(wish.conditions, community_id=community_id),
        removes=wish.removes,
        priority=wish.priority,
        rule_id=rule.pk if rule else 0,
    )


def wish_of(rule: LabelRule) -> RuleWish:
    return RuleWish(
        label=rule.label_id,
        conditions=rule.conditions,
        name=rule.name,
        removes=rule.removes,
        priority=rule.priority,
        enabled=rule.enabled,
    )


def facts_of(rule: LabelRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in FACTS}


def label_meant(community_id: int, reference: int | str) -> Label:
    found = find_labels(community_id=community_id, kind=Kind.USER, references=[reference])
    if reference not in found:
        detail = "There is no such label of people here."
        raise InvalidError(detail, errors=[Flaw("#/label", detail)])
    return found[reference]
