"""Role rules and what became of them, as they travel."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rest_framework import serializers

from identity.data import Tenant
from labels.models import RoleGrant, RoleRule
from labels.serializers.labels import NamedOutput, Reference
from waddlebot.lib.fields import Flag, Strict, Text
from waddlebot.platforms import PLATFORMS

STATES: Final = [state.value for state in RoleGrant.State]
LONGEST_ID: Final = 100


class RoleRuleChange(Strict):
    """What may be changed of a rule. Another role is another rule."""

    label = Reference(help_text="Its id or name.")  # type: ignore[assignment]
    enabled = Flag(required=False, help_text="Switched off, it takes back what it gave.")


class RoleRuleInput(RoleRuleChange):
    platform = serializers.ChoiceField(list(PLATFORMS))
    server_id = Text(
        max_length=LONGEST_ID,
        help_text="Discord's server, a channel of Twitch by name or number, Slack's workspace.",
    )
    role = Text(
        max_length=LONGEST_ID,
        help_text="Discord's role id, `vip` or `moderator` on Twitch, Slack's user group id.",
    )


class CountsOutput(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {state: serializers.IntegerField() for state in STATES}


class RoleRuleOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    community = serializers.CharField(help_text="Its slug.")
    group = NamedOutput()
    label = NamedOutput()  # type: ignore[assignment]
    platform = serializers.CharField()
    server_id = serializers.CharField()
    role = serializers.CharField()
    enabled = serializers.BooleanField()
    counts = CountsOutput(help_text="How many accounts are in which state.")
    looked_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was last found out who should have the role."
    )
    created_at = serializers.DateTimeField()


class PersonNamed(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class RoleGrantOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user = PersonNamed(allow_null=True, help_text="Null for somebody who was erased.")
    state = serializers.ChoiceField(STATES)
    given_by_us = serializers.BooleanField(
        help_text="The account did not have it before. Nothing else is ever taken back."
    )
    code = serializers.CharField(help_text="What the platform said last; empty when all is well.")
    detail = serializers.CharField()
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="When it is tried next. Null: not before somebody asks for it."
    )
    updated_at = serializers.DateTimeField()


class RoleSamplesOutput(serializers.Serializer[Any]):
    give = PersonNamed(many=True)
    take = PersonNamed(many=True)
    without_account = PersonNamed(many=True)


class RolePreviewOutput(serializers.Serializer[Any]):
    """What a rule would do."""

    people = serializers.IntegerField(help_text="Who is in the group and holds the label.")
    without_account = serializers.IntegerField(help_text="They have linked none there.")
    give = serializers.IntegerField(help_text="Some of them may have the role already.")
    take = serializers.IntegerField()
    keep = serializers.IntegerField()
    samples = RoleSamplesOutput()


def rule_bodies(
    rows: Sequence[RoleRule], place: Tenant, counts: Mapping[int, Mapping[str, int]]
) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "community": place.slug,
            "group": {"id": row.group_id, "name": row.group.name},
            "label": {"id": row.label_id, "name": row.label.name},
            "platform": row.platform,
            "server_id": row.server_id,
            "role": row.role,
            "enabled": row.enabled,
            "counts": {state: counts.get(row.pk, {}).get(state, 0) for state in STATES},
            "looked_at": row.looked_at,
            "created_at": row.created_at,
        }
        for row in rows
    ]


def grant_body(row: RoleGrant) -> dict[str, Any]:
    whose = row.user and {"id": row.user.public_id, "name": str(row.user)}
    names = ("state", "given_by_us", "code", "detail", "attempts", "due_at", "updated_at")
    return {"id": row.pk, "user": whose, **{name: getattr(row, name) for name in names}}
