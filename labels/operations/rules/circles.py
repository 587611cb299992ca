"""Rules that would undo each other: such circles are refused before they can turn."""

from collections.abc import Iterator, Mapping, Sequence

from labels.models import Label, LabelRule
from labels.queries.rules.conditions import Holds, leaves
from labels.queries.rules.implying import implying
from labels.queries.rules.reading import UnreadableError, stored_conditions
from waddlebot.lib.errors import Flaw, InvalidError

FOR, AGAINST = True, False

Edge = tuple[LabelRule, LabelRule, bool]
"""What the first does is asked for by the second, or stands against it."""


class RuleCircleError(InvalidError):
    code = "rule_circle"


def refuse_circles(rules: Sequence[LabelRule]) -> None:
    """Raise when what some rule does leads, rule by rule, to its own undoing.

    Rules that ask for each other and stand against nothing come to rest by themselves, and so do
    those that never take anything off.
    """
    rules = [rule for rule in rules if rule.enabled]
    edges = list(_edges(rules))
    following: dict[int, list[LabelRule]] = {rule.pk: [] for rule in rules}
    for one, other, _ in edges:
        following[one.pk].append(other)
    for one, other, sign in edges:
        circle = [] if sign is FOR else _way(following, other, one)
        if any(rule.removes for rule in circle):
            names = ", ".join(f"“{rule.name}”" for rule in circle)
            detail = f"Whom this gives the label would lose it by that, over and over: {names}."
            raise RuleCircleError(detail, errors=[Flaw("#/conditions", detail)])


def _edges(rules: Sequence[LabelRule]) -> Iterator[Edge]:
    asked = {rule.pk: _asked(rule) for rule in rules}
    below = {
        label_id: implying(rules[0].community_id, label_id)
        for each in asked.values()
        for label_id, _ in each
    }
    rivals = _rivals(rules)
    for one in rules:
        for other in rules:
            if _is_stronger(one, other):
                yield one, other, AGAINST
            for label_id, wanted in asked[other.pk]:
                if one.label_id in below[label_id]:
                    yield one, other, wanted
                if not rivals[one.pk].isdisjoint(below[label_id]):
                    yield one, other, not wanted


def _asked(rule: LabelRule) -> list[tuple[int, bool]]:
    """Return the labels that a rule asks for, and whether it wants them held."""
    try:
        found = list(leaves(stored_conditions(rule.conditions)))
    except UnreadableError:  # It does nothing.
        return []
    return [(leaf.label_id, not negated) for leaf, negated in found if isinstance(leaf, Holds)]


def _rivals(rules: Sequence[LabelRule]) -> Mapping[int, frozenset[int]]:
    """Return for each rule the labels that go when its own comes."""
    scopes = {rule.label.exclusive_scope for rule in rules} - {""}
    ids: dict[str, set[int]] = {scope: set() for scope in scopes}
    for row in Label.objects.alive().filter(
        community_id__in={rule.community_id for rule in rules}, exclusive=True, scope__in=scopes
    ):
        ids[row.scope].add(row.pk)
    return {
        rule.pk: frozenset(ids.get(rule.label.exclusive_scope, ())) - {rule.label_id}
        for rule in rules
    }


def _is_stronger(one: LabelRule, other: LabelRule) -> bool:
    """Tell whether the one replaces what the other gives."""
    scope = one.label.exclusive_scope
    are_rivals = scope and scope == other.label.exclusive_scope and one.label_id != other.label_id
    return bool(are_rivals) and (one.priority, one.pk) > (other.priority, other.pk)


def _way(
    following: Mapping[int, Sequence[LabelRule]], start: LabelRule, goal: LabelRule
) -> list[LabelRule]:
    """Return the rules on the shortest way, both ends with it; nothing when there is none."""
    ways: dict[int, list[LabelRule]] = {start.pk: [start]}
    waiting = [start]
    for rule in waiting:
        if rule.pk == goal.pk:
            return ways[rule.pk]
        for other in following[rule.pk]:
            if other.pk not in ways:
                ways[other.pk] = [*ways[rule.pk], other]
                waiting.append(other)
    return []
