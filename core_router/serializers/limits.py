from typing import Any

from rest_framework import serializers

from core_router.models import RateLimit
from core_router.operations.limits import LimitWish
from core_router.serializers.commands import WEEK_S
from core_router.serializers.requirements import ExemptSerializer, requirement_of
from waddlebot.lib.fields import Strict, Whole


class LimitSerializer(Strict):
    """`count` uses of all commands together in `window_s`, for each person, channel, or in all."""

    id = serializers.IntegerField(read_only=True)
    scope = serializers.ChoiceField(choices=["user", "channel", "community"])
    count = Whole(min_value=1, max_value=100_000)
    window_s = Whole(min_value=1, max_value=WEEK_S)
    exempt = ExemptSerializer(required=False)

    def to_changes(self) -> dict[str, Any]:
        changes = dict(self.validated_data)
        if "exempt" in changes:
            changes["exempt"] = requirement_of(changes["exempt"])
        return changes

    def to_wish(self) -> LimitWish:
        return LimitWish(**self.to_changes())

    def to_representation(self, instance: RateLimit) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "scope": instance.scope,
            "count": instance.count,
            "window_s": instance.window_s,
            "exempt": {
                "any_label": instance.any_label,
                "min_role": instance.min_role or None,
            },
        }


class LimitChangeSerializer(LimitSerializer):
    """What a limit counts stays; how much it lets through may change."""

    scope = None  # type: ignore[assignment]
