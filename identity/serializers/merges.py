"""Merges of accounts, as they travel."""

from typing import Any

from rest_framework import serializers

from identity.serializers.people import PersonOutput


class MergeInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=64, help_text="Made in the account that is to go.")


class MergeCodeOutput(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="It is never shown again.")
    expires_at = serializers.DateTimeField()
    instructions = serializers.CharField()


class MoveOutput(serializers.Serializer[Any]):
    table = serializers.CharField()
    rows = serializers.IntegerField()
    joined = serializers.IntegerField(help_text="Of these, how many meet one of the survivor's.")


class LossOutput(serializers.Serializer[Any]):
    what = serializers.CharField()
    detail = serializers.CharField()


class MergeOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField(
        help_text="`preview`, `expired`, `cancelled`, `done` or `undone`."
    )
    is_staged = serializers.BooleanField(help_text="The absorbed one never had an account.")
    survivor = PersonOutput()
    absorbed = PersonOutput()
    moves = MoveOutput(many=True)
    loses = LossOutput(many=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(
        help_text="Until then a preview can be confirmed, and a merge be undone."
    )
    done_at = serializers.DateTimeField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
