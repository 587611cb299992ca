"""Who may what, as it travels."""

from collections.abc import Sequence
from typing import Any, Final

from rest_framework import serializers

from identity import api as identity
from labels.data import Question
from labels.queries.bearer import Bearer
from labels.queries.book import Entry
from labels.queries.check import ways_of
from labels.registry import PERMISSION

MOST_COLUMNS: Final = 50
LONGEST_PERMISSION: Final = 132


class PermissionField(serializers.CharField):
    def __init__(self, **rest: Any) -> None:
        super().__init__(max_length=LONGEST_PERMISSION, **rest)

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if not PERMISSION.fullmatch(text):
            raise serializers.ValidationError("Like commands:so or labels:assign:vip.")
        return text


class MatrixQuery(serializers.Serializer[Any]):
    permission = PermissionField(
        required=False, help_text="List those alone who may this, with the way to it."
    )
    permissions = serializers.CharField(
        required=False,
        max_length=MOST_COLUMNS * LONGEST_PERMISSION,
        help_text=f"Up to {MOST_COLUMNS} permissions, with commas; else the first there are.",
    )
    user = serializers.CharField(
        required=False, max_length=200, help_text="One person: a public id, or twitch:42."
    )

    def validate_permissions(self, value: str) -> list[str]:
        names = list(dict.fromkeys(value.split(",")))
        if len(names) > MOST_COLUMNS:
            raise serializers.ValidationError(f"At most {MOST_COLUMNS}.")
        field = PermissionField()
        return [field.run_validation(name) for name in names]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "permission" in attrs and attrs.keys() & {"permissions", "user"}:
            raise serializers.ValidationError({"permission": "Ask for it alone."})
        return attrs


class WayOutput(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    via = serializers.ListField(child=serializers.DictField(), help_text="Hop by hop.")


class PersonInMatrixOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class MatrixOutput(serializers.Serializer[Any]):
    user = PersonInMatrixOutput()
    role = serializers.CharField()
    labels = serializers.ListField(
        child=serializers.CharField(), help_text="All that count, those implied and lent too."
    )
    permissions = serializers.DictField(child=WayOutput())


class RequirementOutput(serializers.Serializer[Any]):
    min_role = serializers.CharField(allow_blank=True)
    any_label = serializers.ListField(child=serializers.CharField())
    platform_roles = serializers.ListField(child=serializers.CharField())


class AllowingLabelOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()


class PermissionOutput(serializers.Serializer[Any]):
    permission = serializers.CharField()
    title = serializers.CharField(help_text="What people call it: `!so`.")
    description = serializers.CharField(allow_blank=True)
    requires = RequirementOutput(help_text="Whoever meets it may, without a label that grants it.")
    labels = AllowingLabelOutput(many=True, help_text="Whoever holds one of these may.")


def rows_of(people: Sequence[Bearer], questions: Sequence[Question]) -> list[dict[str, Any]]:
    names = identity.people_named([each.user_id for each in people])
    return [
        {
            "user": names.get(each.user_id, {"id": "", "name": ""}),
            "role": each.role.word,
            "labels": sorted(each.names),
            "permissions": {question.permission: _way(each, question) for question in questions},
        }
        for each in people
    ]


def permission_body(question: Question, labels: Sequence[Entry]) -> dict[str, Any]:
    asked = question.requires
    return {
        "permission": question.permission,
        "title": question.title,
        "description": question.description,
        "requires": {
            "min_role": asked.min_role,
            "any_label": sorted(asked.any_label),
            "platform_roles": sorted(asked.platform_roles),
        },
        "labels": [
            {"id": entry.id, "name": entry.name, "kind": entry.kind}
            for entry in sorted(labels, key=lambda entry: entry.name)
        ],
    }


def _way(somebody: Bearer, question: Question) -> dict[str, Any]:
    ways = ways_of(somebody, question)
    via = [hop for way in ways or () for hop in way]
    return {"allowed": ways is not None, "via": via}
