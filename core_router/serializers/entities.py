from typing import Any

from rest_framework import serializers

from core_router.models import Entity
from core_router.operations.entities import Claim
from core_router.operations.place_codes import TYPED, Issued
from waddlebot.lib.fields import Strict, Text, Whole
from waddlebot.lib.places import Place, checked_place, place_of


class EntitySerializer(Strict):
    """A place, named by `entity` or by its parts."""

    entity = Text(max_length=240, required=False)
    platform = Text(max_length=30, required=False)
    server_id = Text(max_length=100, required=False)
    channel_id = Text(max_length=100, required=False, allow_blank=True)
    priority = Whole(
        min_value=1, max_value=1000, required=False, help_text="Collectors take 1 first."
    )
    state = serializers.ChoiceField(choices=["claimed", "proven"], read_only=True)
    is_proven = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "entity" in attrs:
            if attrs.keys() - {"entity", "priority"}:
                raise serializers.ValidationError({"entity": "Either this or its parts."})
            return attrs
        missing = {"platform", "server_id"} - attrs.keys()
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "This field is required."))
        return attrs

    def to_place(self) -> Place:
        given = {k: v for k, v in self.validated_data.items() if k != "priority"}
        return place_of(given["entity"]) if "entity" in given else checked_place(Place(**given))

    @property
    def wished_priority(self) -> int | None:
        wished: int | None = self.validated_data.get("priority")
        return wished

    def to_representation(self, instance: Claim | Entity) -> dict[str, Any]:
        if isinstance(instance, Claim):
            place, priority = instance.place, instance.priority
        else:
            place, priority = place_of(instance.key), instance.lease.priority
        return {
            "entity": place.key,
            "platform": place.platform,
            "server_id": place.server_id,
            "channel_id": place.channel_id,
            "state": "proven" if instance.is_proven else "claimed",
            "is_proven": instance.is_proven,
            "created_at": instance.created_at,
            "priority": priority,
        }


class CodeSerializer(serializers.Serializer[Issued]):
    """A code that proves a place by being typed there."""

    code = serializers.CharField()
    entity = serializers.CharField()
    expires_at = serializers.DateTimeField()
    instructions = serializers.SerializerMethodField()

    def get_instructions(self, issued: Issued) -> str:
        return f"Type {TYPED} {issued.code} there, as its broadcaster, owner or admin."
