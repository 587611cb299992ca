"""What a rule can ask of people, as it travels."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from identity.data import MEMBER_FACTS, FactUnit
from labels.queries.rules.conditions import ROLES
from labels.queries.rules.facts import MOST_STREAK, MOST_VALUE, operators_of

WORDS: Mapping[FactUnit, Sequence[str]] = {FactUnit.ROLE: list(ROLES)}
MOST: Mapping[FactUnit, int | None] = {
    FactUnit.ROLE: None,
    FactUnit.YES_OR_NO: None,
    FactUnit.STREAMS: MOST_STREAK,
}


class FactOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    unit = serializers.ChoiceField([unit.value for unit in FactUnit])
    description = serializers.CharField()
    operators = serializers.ListField(child=serializers.CharField())
    values = serializers.ListField(
        child=serializers.CharField(), help_text="The words there are; empty for numbers."
    )
    most = serializers.IntegerField(allow_null=True)
    leave = serializers.BooleanField(help_text="Whether it takes another value for leaving.")
    most_days = serializers.IntegerField(help_text="Of `within_days`; 0 when it takes none.")
    days = serializers.IntegerField(allow_null=True, help_text="Null: of all there were.")


class FactsOutput(serializers.Serializer[Any]):
    facts = FactOutput(many=True)


def fact_bodies() -> dict[str, Any]:
    bodies = [
        {
            "name": name,
            "unit": kind.unit.value,
            "description": kind.description,
            "operators": operators_of(kind),
            "values": WORDS.get(kind.unit, []),
            "most": MOST.get(kind.unit, MOST_VALUE),
            "leave": kind.unit is not FactUnit.YES_OR_NO,
            "most_days": kind.most_days,
            "days": kind.days,
        }
        for name, kind in MEMBER_FACTS.items()
    ]
    return {"facts": bodies}
