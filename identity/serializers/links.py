"""Links between accounts, as they travel."""

from typing import Any

from rest_framework import serializers

from identity.models import LinkRequest

SLUG = r"^[a-z][a-z0-9_-]*$"
LONGEST_CODE = 64


class LinkInput(serializers.Serializer[Any]):
    platform = serializers.RegexField(SLUG, max_length=30)
    platform_username = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Whom it is meant for: then nobody else's `!verify` counts. "
        "Discord and Slack know their own, never seen here before, only by their id.",
    )
    method = serializers.ChoiceField(
        LinkRequest.Method.choices,
        default=LinkRequest.Method.CHAT,
        help_text="`chat`: a code is shown here and typed there. `dm`: one is sent there and "
        "typed here. `oauth`: by signing in there.",
    )


class LinkOutput(serializers.Serializer[Any]):
    link_id = serializers.UUIDField()
    platform = serializers.CharField()
    platform_username = serializers.CharField(allow_null=True)
    display_name = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(LinkRequest.State.choices)
    method = serializers.ChoiceField(LinkRequest.Method.choices)
    delivery = serializers.CharField(
        allow_null=True,
        help_text="Of a code sent by `dm`: `queued`, `sent`, `delivery_failed`, `not_supported`.",
    )
    delivery_detail = serializers.CharField(allow_null=True, help_text="Why it failed.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)


class NewLinkOutput(LinkOutput):
    instructions = serializers.CharField()
    code = serializers.CharField(required=False, help_text="For the method `chat` alone.")
    authorize_url = serializers.CharField(
        required=False, help_text="For the method `oauth`: the page that begins it."
    )


class CodeInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=LONGEST_CODE)


class TypedCodeInput(serializers.Serializer[Any]):
    platform = serializers.RegexField(SLUG, max_length=30)
    platform_user_id = serializers.CharField(max_length=100)
    platform_username = serializers.CharField(max_length=100)
    display_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    code = serializers.CharField(max_length=LONGEST_CODE, required=False)
    confirm = serializers.BooleanField(
        default=False, help_text="They typed `!confirm`; then no code is needed."
    )


class TypedCodeOutput(serializers.Serializer[Any]):
    link_id = serializers.UUIDField()
    state = serializers.ChoiceField(LinkRequest.State.choices)
    account = serializers.CharField(help_text="The WaddleBot account it is linked to.")
    reply = serializers.CharField(help_text="To be said to whoever typed the code.")
