"""Event hooks, and what became of what they were sent."""

from typing import Any, Final

from rest_framework import serializers

from core_router.data import MESSAGE_TYPES
from core_router.models import EventDelivery, EventHook
from core_router.operations.hooks import HookWish
from core_router.serializers.engines import EngineSerializer, engine_wish
from waddlebot.lib.fields import Flag, Strict, Whole

STATES: Final = ("queued", "done", "dead")
MOST_PRIORITY: Final = 32_767


class HookSerializer(Strict):
    """Who is told of which events. `sequential` ones wait for each other by priority."""

    id = serializers.IntegerField(read_only=True)
    message_types = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(MESSAGE_TYPES)),
        min_length=1,
        max_length=len(MESSAGE_TYPES),
    )
    engine = EngineSerializer()
    mode = serializers.ChoiceField(choices=["parallel", "sequential"], required=False)
    priority = Whole(min_value=1, max_value=MOST_PRIORITY, required=False)
    enabled = Flag(required=False)
    disabled_because = serializers.CharField(read_only=True)
    failing_since = serializers.DateTimeField(read_only=True, allow_null=True)

    def to_changes(self) -> dict[str, Any]:
        """Return the fields of a HookWish that were named."""
        changes = dict(self.validated_data)
        if "engine" in changes:
            changes["engine"] = engine_wish(changes["engine"])
        return changes

    def to_wish(self) -> HookWish:
        return HookWish(**self.to_changes())

    def to_representation(self, instance: EventHook) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "message_types": instance.message_types,
            "engine": EngineSerializer(instance.engine).data,
            "mode": instance.mode,
            "priority": instance.priority,
            "enabled": instance.enabled,
            "disabled_because": instance.disabled_because,
            "failing_since": instance.failing_since,
        }


class DeliverySerializer(serializers.ModelSerializer[EventDelivery]):
    """What is known of one delivery; what it says stays between those who said it."""

    entity = serializers.CharField(source="lane.entity")

    class Meta:
        model = EventDelivery
        fields = (
            "id", "execution_id", "event_id", "message_type", "entity", "state", "attempts",
            "reason", "detail", "finished_at",
        )  # fmt: skip


class ReplayedSerializer(serializers.Serializer[Any]):
    replayed = serializers.IntegerField()
