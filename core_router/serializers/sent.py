from typing import Any, Final

from rest_framework import serializers

from core_router.models import OutgoingAction

STATES: Final = ("waiting", "done", "failed", "expired")


class SentActionSerializer(serializers.ModelSerializer[OutgoingAction]):
    """An action and what became of it; of its fields those that say nothing of what was said."""

    type = serializers.CharField(source="action.type", read_only=True)
    action = serializers.SerializerMethodField()
    user_id = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=STATES, read_only=True)

    class Meta:
        model = OutgoingAction
        fields = (
            "id", "entity", "execution_id", "type", "action", "user_id", "state", "attempts",
            "code", "detail", "created_at", "expires_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_action(self, row: OutgoingAction) -> str | None:
        return self._of(row, "action")

    def get_user_id(self, row: OutgoingAction) -> str | None:
        return self._of(row, "user_id")

    def _of(self, row: OutgoingAction, name: str) -> str | None:
        action: dict[str, Any] = row.action
        return action.get(name)
