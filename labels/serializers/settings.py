from typing import Any, Final

from rest_framework import serializers

from labels.serializers.labels import Reference
from waddlebot.lib.fields import Strict, Whole

MOST: Final = 1_000_000


class SettingsInput(Strict):
    community = Reference(required=False, allow_null=True, help_text="Its id or slug.")
    max_labels = Whole(min_value=0, max_value=MOST, required=False, allow_null=True)
    max_per_object = Whole(
        min_value=0,
        max_value=MOST,
        required=False,
        allow_null=True,
        help_text="Labels of one person, module, group or community; null: the usual number.",
    )


class SettingsOutput(serializers.Serializer[Any]):
    community = serializers.CharField(help_text="Its slug.")
    max_labels = serializers.IntegerField()
    max_per_object = serializers.IntegerField()
    labels = serializers.IntegerField(help_text="How many there are.")
