"""Rules that are switched off because what they are about is gone."""

from datetime import datetime
from typing import Final

from labels.models import Label, LabelRule
from labels.queries.rules.reading import UnreadableError, labels_named, stored_conditions
from labels.queries.rules.rows import rules_naming
from waddlebot.lib.cache import announce

GIVES_NOTHING: Final = "the label it gives was removed"
ASKS_FOR_NOTHING: Final = "a label that it asks for was removed"
MEANS_NOTHING: Final = "its conditions mean nothing any more"
SWITCHED_OFF: Final = "the rule was switched off"


def rest_rules(label: Label, now: datetime) -> None:
    """Switch off what gives a label that is being removed, or asks for it.

    Nobody holds it any more: a rule for all who do not would concern everybody.
    """
    for rule in rules_naming(label):
        rest(rule, GIVES_NOTHING if rule.label_id == label.pk else ASKS_FOR_NOTHING, now)


def rest(rule: LabelRule, because: str, now: datetime) -> None:
    rule.enabled, rule.disabled_because, rule.updated_at = False, because, now
    rule.save(update_fields=["enabled", "disabled_because", "updated_at"])
    announce("label_rules", str(rule.community_id))


def why_at_rest(rule: LabelRule) -> str:
    """Return why a rule cannot work, or nothing when it can."""
    if rule.label.deleted_at is not None:
        return GIVES_NOTHING
    asked = labels_named(rule.conditions)
    if Label.objects.alive().filter(pk__in=asked).count() < len(asked):
        return ASKS_FOR_NOTHING
    try:
        stored_conditions(rule.conditions)
    except UnreadableError:
        return MEANS_NOTHING
    return ""
