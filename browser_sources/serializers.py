"""Shapes of the overlays' REST input and output."""

from typing import Any, Final

import msgspec
from rest_framework import serializers

from browser_sources.data import TYPES
from browser_sources.operations import General, Media, Ticker

TITLE: Final = "Overlay"


class SourceInput(serializers.Serializer[Any]):
    type = serializers.ChoiceField(TYPES)
    name = serializers.CharField(max_length=100, required=False)


class RotateInput(serializers.Serializer[Any]):
    grace_s = serializers.IntegerField(
        min_value=0, max_value=86_400, default=300, help_text="How long the old URL works on."
    )


class SourceOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    type = serializers.ChoiceField(TYPES)
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewSourceOutput(SourceOutput):
    url = serializers.URLField(help_text="With its token: whoever has it sees the overlay.")


class ShownOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True, help_text="The first of `ids`.")
    ids = serializers.ListField(child=serializers.UUIDField(), help_text="One for each source.")
    sources = serializers.IntegerField(help_text="How many sources will show it.")


def display_schema() -> dict[str, Any]:
    """Return the JSON Schema of what can be displayed, made of the shapes that check it."""
    _, parts = msgspec.json.schema_components([Ticker, Media, General])
    for part in parts.values():
        part["properties"]["test"] = {"type": "boolean", "default": False}
    return {"oneOf": list(parts.values())}
