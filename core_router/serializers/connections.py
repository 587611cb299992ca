from typing import Any, Final

from rest_framework import serializers

from core_router.models import Connection
from waddlebot.lib.fields import Strict, Text

PLATFORMS: Final = ("twitch", "discord", "slack")


class WishedConnectionSerializer(Strict):
    platform = serializers.ChoiceField(choices=PLATFORMS)


class BegunConnectionSerializer(serializers.Serializer[Any]):
    authorize_url = serializers.URLField(help_text="Where the browser of this session says yes.")


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    """A place that has let the bot in, of its tokens nothing."""

    entity = serializers.SerializerMethodField()
    platform = Text(max_length=30, read_only=True)
    state = serializers.ChoiceField(choices=["active", "broken"], read_only=True)
    subscriptions = serializers.SerializerMethodField(
        help_text="What Twitch tells of the channel, and how each kind of event stands."
    )

    class Meta:
        model = Connection
        fields = (
            "id", "platform", "entity", "name", "scopes", "state", "detail", "subscriptions",
            "created_at", "checked_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_entity(self, row: Connection) -> str:
        return f"{row.platform}+{row.server_id}"

    def get_subscriptions(self, row: Connection) -> dict[str, str]:
        found: dict[str, str] = row.facts.get("subscriptions", {})
        return found
