"""Exports and erasures, as they travel."""

from typing import Any

from rest_framework import serializers


class ProgressOutput(serializers.Serializer[Any]):
    done = serializers.IntegerField(help_text="Tables that are written.")
    total = serializers.IntegerField(help_text="Tables there are; 0 before it begins.")


class ExportOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField(
        help_text="`queued`, `running`, `done`, `expired` or `failed`; then `error` says why."
    )
    progress = ProgressOutput()
    error = serializers.CharField(
        allow_null=True,
        help_text="`too_large`: ask who runs this WaddleBot. `gave_up`: try again.",
    )
    size = serializers.IntegerField(allow_null=True, help_text="Bytes of the zip.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    download_url = serializers.URLField(
        allow_null=True, help_text="Opens the zip without a key, until `expires_at`."
    )


class ReceiptLineOutput(serializers.Serializer[Any]):
    app = serializers.CharField()
    what = serializers.CharField()
    rows = serializers.IntegerField()
    action = serializers.CharField(
        help_text="`deleted`, `unlinked`, `pseudonymised` or `kept`: only numbers."
    )


class ReceiptOutput(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="`scheduled`, `cancelled` or `done`.")
    requested_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    receipt = ReceiptLineOutput(many=True)


class ErasureOutput(ReceiptOutput):
    id = serializers.UUIDField()
    closes = serializers.ListField(
        child=serializers.CharField(),
        help_text="Communities in which nobody else is a member: they go too.",
    )
    receipt_url = serializers.URLField(
        help_text="Opens the receipt without a key, also when the account is gone."
    )
