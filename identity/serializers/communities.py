"""Communities and their members, as they travel."""

from typing import Any

from rest_framework import serializers

from identity.data import Role
from identity.serializers.people import PersonOutput

ROLES = [role.word for role in Role if role is not Role.NONE]
SLUG = r"^[a-z0-9][a-z0-9-]*$"


class CommunityInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    slug = serializers.RegexField(SLUG, max_length=50)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)


class CommunityChange(CommunityInput):
    require_owner_mfa = serializers.BooleanField(
        required=False, help_text="Only owners change it, and only one with a second factor."
    )


class CommunityOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    require_owner_mfa = serializers.BooleanField()
    role = serializers.CharField(help_text="The asker's own; `none` for staff who are no members.")
    created_at = serializers.DateTimeField()


class RoleInput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(ROLES)


class MemberOutput(serializers.Serializer[Any]):
    user = PersonOutput()
    role = serializers.CharField()
    joined_at = serializers.DateTimeField()
    reputation = serializers.IntegerField()
