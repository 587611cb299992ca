"""People, as they travel."""

from typing import Any

from rest_framework import serializers


class PersonOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


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
    reputation = serializers.IntegerField()


class MeOutput(UserOutput):
    username = serializers.CharField()
    is_staff = serializers.BooleanField()
    communities = PlaceOutput(many=True, help_text="The 200 joined last.")
    credential = serializers.DictField(help_text="What was asked with, and its scopes.")
