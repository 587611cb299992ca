"""API keys, as they travel."""

from typing import Any

from rest_framework import serializers

from identity.data import Scope


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
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeyOutput(KeyOutput):
    key = serializers.CharField(help_text="The full key. It is never shown again.")
