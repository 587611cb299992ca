"""The AAA log, as it travels."""

from typing import Any

from rest_framework import serializers


class AuditOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    category = serializers.CharField()
    action = serializers.CharField()
    outcome = serializers.CharField()
    actor = serializers.CharField()
    community_id = serializers.IntegerField(allow_null=True)
    target = serializers.CharField()
    ip = serializers.CharField(allow_null=True)
    request_id = serializers.CharField()
    details = serializers.DictField()
