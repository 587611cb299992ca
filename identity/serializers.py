"""Shapes of identity's REST input and output."""

from typing import Any

from rest_framework import serializers

from identity.data import Role, Scope

ROLES = [role.word for role in Role if role is not Role.NONE]
SLUG = r"^[a-z0-9][a-z0-9-]*$"


class CommunityInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    slug = serializers.RegexField(SLUG, max_length=50)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)


class CommunityOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    role = serializers.CharField(help_text="The asker's own; `none` for staff who are no members.")
    created_at = serializers.DateTimeField()


class RoleInput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(ROLES)


class PersonOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class MemberOutput(serializers.Serializer[Any]):
    user = PersonOutput()
    role = serializers.CharField()
    joined_at = serializers.DateTimeField()


class AccountOutput(serializers.Serializer[Any]):
    platform = serializers.CharField()
    platform_user_id = serializers.CharField()
    platform_username = serializers.CharField()
    display_name = serializers.CharField()
    is_verified = serializers.BooleanField()


class UserOutput(PersonOutput):
    is_staged = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    accounts = AccountOutput(many=True)
    email = serializers.CharField(required=False, help_text="For this user and for admins.")


class PlaceOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField()


class MeOutput(UserOutput):
    username = serializers.CharField()
    is_staff = serializers.BooleanField()
    communities = PlaceOutput(many=True, help_text="The 200 joined last.")
    credential = serializers.DictField(help_text="What was asked with, and its scopes.")


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
