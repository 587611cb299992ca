"""API keys, as they travel."""

from typing import Any, Final

from rest_framework import serializers

from identity.data import Scope

LONGEST_KEY: Final = 200


class KeyInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField([scope.value for scope in Scope]),
        min_length=1,
        max_length=len(Scope),
    )
    community = serializers.CharField(max_length=50, required=False, allow_null=True)
    platform = serializers.RegexField(r"^[a-z0-9_-]*$", max_length=30, required=False)
    allowed_ips = serializers.ListField(
        child=serializers.CharField(max_length=43), max_length=50, required=False
    )
    expires_at = serializers.DateTimeField(
        required=False, help_text="At most 365 days ahead; 90 when left out."
    )


class KeyRotation(serializers.Serializer[Any]):
    overlap_s = serializers.IntegerField(
        min_value=0, max_value=86_400, default=0, help_text="How long the old key works on."
    )


class LeakReport(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=LONGEST_KEY, required=False)
    keys = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_KEY),
        min_length=1,
        max_length=100,
        required=False,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either key or keys.")
        return {"keys": attrs.get("keys") or [attrs["key"]]}


class LeakReceipt(serializers.Serializer[Any]):
    received = serializers.IntegerField(help_text="How many keys were sent, whatever they were.")


class KeyOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    prefix = serializers.CharField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    community = serializers.CharField(allow_null=True)
    platform = serializers.CharField(allow_null=True)
    allowed_ips = serializers.ListField(child=serializers.CharField())
    requests_per_minute = serializers.IntegerField()
    state = serializers.CharField(help_text="`active`, `rotated`, `expired` or `revoked`.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_used_ip = serializers.CharField(allow_null=True)
    expires_soon = serializers.BooleanField(help_text="It is active, for at most 7 days more.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoked_because = serializers.CharField(
        allow_null=True, help_text="`owner`, `staff`, `rotated` or `leaked`."
    )


class NewKeyOutput(KeyOutput):
    key = serializers.CharField(help_text="The full key. It is never shown again.")
