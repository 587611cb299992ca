"""Auto-assign rules, as they travel."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.data import Tenant
from labels.models import LabelRule
from labels.operations.rules import RuleWish
from labels.queries.rules.reading import labels_named, shown_conditions
from labels.queries.rules.rows import names_of_labels
from labels.serializers.labels import Reference
from waddlebot.lib.fields import Flag, Strict, Text, Whole

LONGEST_NAME = 50
MOST_PRIORITY = 1000
CONDITION: Any = {
    "type": "object",
    "description": 'One of `{"all": […]}`, `{"any": […]}`, `{"not": …}`, `{"label": "vip"}` and '
    '`{"fact": "messages", "op": ">=", "value": 100, "leave": 80, "within_days": 30}`.',
    "example": {"fact": "messages", "op": ">=", "value": 100},
}


@extend_schema_field(CONDITION)
class Conditions(serializers.Field[Any, Any, Any, Any]):
    """Read with the labels of the community at hand, where all that is wrong is told at once."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class RuleInput(Strict):
    community = Reference(required=False, allow_null=True, help_text="Its id or slug.")
    name = Text(max_length=LONGEST_NAME)
    label = Reference(help_text="A label of people.")  # type: ignore[assignment]
    conditions = Conditions()
    removes = Flag(required=False, help_text="Take it off who does not meet them any more.")
    priority = Whole(
        required=False,
        min_value=-MOST_PRIORITY,
        max_value=MOST_PRIORITY,
        help_text="Of exclusive labels of one scope the higher one wins, of equals the newer.",
    )
    enabled = Flag(required=False)

    def to_changes(self) -> dict[str, Any]:
        """Return the fields of a RuleWish that were named."""
        return {name: value for name, value in self.validated_data.items() if name != "community"}

    def to_wish(self) -> RuleWish:
        return RuleWish(**self.to_changes())


class PreviewInput(RuleInput):
    """A rule that is only tried needs no name."""

    name = Text(max_length=LONGEST_NAME, required=False, allow_blank=True)


class RuleOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    community = serializers.CharField(help_text="Its slug.")
    name = serializers.CharField()
    label = serializers.CharField(help_text="Its name.")  # type: ignore[assignment]
    label_id = serializers.IntegerField()
    conditions = Conditions()
    removes = serializers.BooleanField()
    priority = serializers.IntegerField()
    enabled = serializers.BooleanField()
    disabled_because = serializers.CharField(help_text="Empty unless it was switched off for it.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    ran_at = serializers.DateTimeField(
        allow_null=True, help_text="When it last looked at everybody."
    )


def rule_bodies(rows: Sequence[LabelRule], place: Tenant) -> list[dict[str, Any]]:
    names = names_of_labels({pk for row in rows for pk in labels_named(row.conditions)})
    return [_rule(row, place, names) for row in rows]


def _rule(row: LabelRule, place: Tenant, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "community": place.slug,
        "name": row.name,
        "label": row.label.name,
        "label_id": row.label_id,
        "conditions": shown_conditions(row.conditions, names),
        "removes": row.removes,
        "priority": row.priority,
        "enabled": row.enabled,
        "disabled_because": row.disabled_because,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "ran_at": row.ran_at,
    }
