"""Tokens of platforms, as they travel: in, and never out."""

from typing import Any

from rest_framework import serializers

from waddlebot.platforms import PLATFORMS

TAKE_TOKENS = [slug for slug, platform in PLATFORMS.items() if platform.takes_tokens]
TOKEN = r"^[\x21-\x7e]+\Z"  # noqa: S105 - a pattern


class LentTokenInput(serializers.Serializer[Any]):
    platform = serializers.ChoiceField(TAKE_TOKENS)
    access_token = serializers.RegexField(
        TOKEN,
        max_length=500,
        help_text="Of the channel's owner on Twitch, with `channel:manage:vips` and "
        "`channel:manage:moderators`; on Slack of somebody who may change user groups, with "
        "`usergroups:read` and `usergroups:write`.",
    )
    refresh_token = serializers.RegexField(
        TOKEN,
        max_length=500,
        required=False,
        help_text="What renews it. Without it, a token of Twitch ends after some hours.",
    )


class LentTokenOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    platform = serializers.CharField()
    account_id = serializers.CharField(help_text="Whose it is: a channel, or a workspace.")
    account_name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    renewed_at = serializers.DateTimeField(allow_null=True)
