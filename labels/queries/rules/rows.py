"""Rules as they are stored, and what of them must be known whenever something happens."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from labels.models import Label, LabelRule, RuleRun
from labels.queries.rules.implying import implying
from labels.queries.rules.reading import labels_named
from waddlebot.lib.cache import LocalCache
from waddlebot.lib.errors import NotFoundError


def rules_of(community_id: int) -> "QuerySet[LabelRule]":
    rules = LabelRule.objects.filter(community_id=community_id, deleted_at=None)
    return rules.select_related("label")


def rule_row(rule_id: int) -> LabelRule:
    """Raises NotFoundError. Whose it is, is for the caller to look at."""
    row = LabelRule.objects.filter(pk=rule_id, deleted_at=None).select_related("label").first()
    if row is None:
        raise NotFoundError
    return row


def rules_naming(label: Label) -> list[LabelRule]:
    """Return the rules that give a label, or ask for it."""
    if label.community_id is None:
        return []
    rules = rules_of(label.community_id).order_by("name")
    return [rule for rule in rules if label.pk in {rule.label_id, *labels_named(rule.conditions)}]


def runs_of(rule_id: int) -> "QuerySet[RuleRun]":
    return RuleRun.objects.filter(rule_id=rule_id)


def run_row(run_id: UUID) -> RuleRun:
    return RuleRun.objects.get(pk=run_id)


def names_of_labels(label_ids: Collection[int]) -> dict[int, str]:
    rows = Label.objects.alive().filter(pk__in=label_ids)
    return dict(rows.values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Whether a community has rules at work, and after which gains and losses they look again."""

    has_rules: bool = False
    gains: frozenset[int] = frozenset()
    losses: frozenset[int] = frozenset()


def _load(community_id: str) -> Rulebook:
    rules = list(rules_of(int(community_id)).filter(enabled=True))
    if not rules:
        return Rulebook()
    asked = frozenset().union(*(labels_named(rule.conditions) for rule in rules))
    gains = frozenset().union(*(implying(int(community_id), each) for each in asked))
    # Whoever lost what a rule gives, or what stood in its way, may get it from a rule.
    mine = Q(pk__in={rule.label_id for rule in rules})
    scopes = {rule.label.exclusive_scope for rule in rules} - {""}
    rivals = Q(community_id=int(community_id), exclusive=True, scope__in=scopes)
    given = Label.objects.alive().filter(mine | rivals).values_list("pk", flat=True)
    return Rulebook(has_rules=True, gains=gains, losses=gains | frozenset(given))


_rulebooks = LocalCache("label_rules", _load)


def rulebook_of(community_id: int) -> Rulebook:
    return _rulebooks.get(str(community_id))
