"""Points, as they travel."""

from typing import Any

from rest_framework import serializers

from identity.data import DEFAULT_POINTS
from identity.operations.reputation import MOST_POINTS
from identity.serializers.people import PersonOutput

MOST_ADJUSTED = 1_000_000_000


class RankedOutput(serializers.Serializer[Any]):
    rank = serializers.IntegerField()
    user = PersonOutput()
    points = serializers.IntegerField()


class EarnedOutput(serializers.Serializer[Any]):
    day = serializers.DateField()
    reason = serializers.CharField(help_text="A message type, or `adjusted` by a manager.")
    events = serializers.IntegerField()
    points = serializers.IntegerField()


class ReputationOutput(serializers.Serializer[Any]):
    user = PersonOutput()
    points = serializers.IntegerField()
    rank = serializers.IntegerField(
        allow_null=True, help_text="Null beyond the first 10,000, and without points."
    )
    history = EarnedOutput(many=True, help_text="By day and reason, the newest day first.")


class ReputationQuery(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=365, default=30)


class AdjustmentInput(serializers.Serializer[Any]):
    points = serializers.IntegerField(
        min_value=-MOST_ADJUSTED, max_value=MOST_ADJUSTED, help_text="Below zero takes them."
    )


class PointsOutput(serializers.Serializer[Any]):
    points = serializers.IntegerField()
    default = serializers.IntegerField()


class RulesInput(serializers.Serializer[Any]):
    """What message types earn; null goes back to the default."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            name: serializers.IntegerField(
                min_value=-MOST_POINTS, max_value=MOST_POINTS, allow_null=True, required=False
            )
            for name in DEFAULT_POINTS
        }

    def validate(self, attrs: dict[str, int | None]) -> dict[str, int | None]:
        if unknown := [name for name in self.initial_data if name not in DEFAULT_POINTS]:
            raise serializers.ValidationError(
                {name[:50]: "There is no such message type." for name in unknown[:10]}
            )
        return attrs


class RulesOutput(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: PointsOutput() for name in DEFAULT_POINTS}
