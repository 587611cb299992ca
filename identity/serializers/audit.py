"""The AAA log, as it travels."""

from datetime import UTC, datetime
from typing import Any, Final

from rest_framework import serializers

from identity.queries.audit import AuditFilter

CATEGORIES: Final = ("authentication", "authorization", "audit", "system")
OUTCOMES: Final = ("success", "failure", "refused")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def not_before_the_epoch(moment: datetime) -> None:
    if moment < EPOCH:
        raise serializers.ValidationError("Nothing was written down before 1970.")


class AuditQuery(serializers.Serializer[Any]):
    category = serializers.ChoiceField(CATEGORIES, required=False)
    action = serializers.CharField(max_length=60, required=False)
    outcome = serializers.ChoiceField(OUTCOMES, required=False)
    actor = serializers.CharField(
        max_length=60, required=False, help_text="`user:5`, `key:…`, `anonymous`."
    )
    target = serializers.CharField(max_length=200, required=False, help_text="`user:5`, `rule:7`.")
    since = serializers.DateTimeField(required=False, validators=[not_before_the_epoch])
    until = serializers.DateTimeField(
        required=False, validators=[not_before_the_epoch], help_text="Up to but without it."
    )

    def to_filter(self) -> AuditFilter:
        return AuditFilter(**self.validated_data)


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
