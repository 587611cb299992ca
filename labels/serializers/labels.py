"""Labels, as they travel."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.data import Tenant
from labels.data import Kind
from labels.models import Label
from labels.operations.labels import LabelWish
from labels.operations.labels.wishes import LONGEST_GRANT, LONGEST_NAME, MOST_GRANTS, MOST_PARENTS
from labels.queries.holders import MOST_COUNTED
from labels.queries.impact import Impact
from waddlebot.lib.contrast import readable_on
from waddlebot.lib.fields import Flag, Strict, Text, Texts

REFERENCE: Any = {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": LONGEST_NAME}]}
KINDS = [kind.value for kind in Kind]
PLACE = ("community", "is_system")


@extend_schema_field(REFERENCE)
class Reference(serializers.Field[int | str, Any, int | str, Any]):
    """A row, by its id or its name or slug."""

    default_error_messages = {"invalid": "An id, or a name."}

    def to_internal_value(self, data: Any) -> int | str:
        if type(data) is int or (isinstance(data, str) and 0 < len(data) <= LONGEST_NAME):
            return data
        return self.fail("invalid")

    def to_representation(self, value: int | str) -> int | str:
        return value


class LabelChange(Strict):
    """What may be changed of a label."""

    name = Text(max_length=LONGEST_NAME, help_text="`gold`, or with its scope `tier/gold`.")
    color = Text(max_length=7, required=False, help_text="`#rrggbb`")
    icon = Text(max_length=50, required=False, allow_blank=True)
    description = Text(max_length=200, required=False, allow_blank=True)
    exclusive = Flag(
        required=False, help_text="Of the exclusive labels of a scope one holds one at most."
    )
    grants = Texts(
        longest=LONGEST_GRANT, max_length=MOST_GRANTS, required=False, help_text="`commands:so`"
    )
    parents = serializers.ListField(
        child=Reference(),
        max_length=MOST_PARENTS,
        required=False,
        help_text="Ids or names of labels that everybody has who has this one.",
    )


class LabelInput(LabelChange):
    kind = serializers.ChoiceField(KINDS, required=False)
    community = Reference(required=False, allow_null=True, help_text="Its id or slug.")
    is_system = Flag(required=False, help_text="Only staff: a label of every community.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("is_system") and attrs.get("community") is not None:
            raise serializers.ValidationError({"community": "A system label has none."})
        return attrs

    def to_changes(self) -> dict[str, Any]:
        """Return the fields of a LabelWish that were named."""
        given = {n: value for n, value in self.validated_data.items() if n not in PLACE}
        return given | ({"kind": Kind(given["kind"])} if "kind" in given else {})

    def to_wish(self) -> LabelWish:
        return LabelWish(**self.to_changes())


class LabelOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    community = serializers.CharField(
        allow_null=True, help_text="Its slug; null for the system's."
    )
    color = serializers.CharField()
    text_color = serializers.CharField(help_text="Black or white: what can be read on `color`.")
    icon = serializers.CharField()
    description = serializers.CharField()
    exclusive = serializers.BooleanField()
    grants = serializers.ListField(child=serializers.CharField())
    parents = serializers.ListField(child=serializers.CharField(), help_text="Their names.")
    is_system = serializers.BooleanField()
    holders = serializers.IntegerField(help_text=f"Counted up to {MOST_COUNTED}.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class NamedOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class RoleRuleNamed(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    platform = serializers.CharField()
    server_id = serializers.CharField()
    role = serializers.CharField()


class UseOutput(NamedOutput):
    kind = serializers.CharField(help_text="command, rule, limit, label, …")


class ImpactOutput(serializers.Serializer[Any]):
    """What hangs on a label."""

    holders = serializers.IntegerField()
    children = NamedOutput(many=True, help_text="Labels that imply it.")
    rules = NamedOutput(many=True, help_text="Auto-assign rules that give it or ask for it.")
    role_rules = RoleRuleNamed(many=True)
    uses = UseOutput(many=True, help_text="What names it, and would change without it.")
    in_use = serializers.BooleanField(help_text="Then its removal asks to be confirmed.")
    taken_if_exclusive = serializers.IntegerField(
        help_text="How many would lose a label if this one became exclusive."
    )


def label_bodies(
    rows: Sequence[Label], place: Tenant | None, holders: Mapping[int, int]
) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "name": row.name,
            "kind": row.kind,
            "community": place.slug if place and row.community_id else None,
            "color": row.color,
            "text_color": readable_on(row.color),
            "icon": row.icon,
            "description": row.description,
            "exclusive": row.exclusive,
            "grants": row.grants,
            "parents": sorted(link.parent.name for link in row.parent_links.all()),
            "is_system": row.is_system,
            "holders": holders.get(row.pk, 0),
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        for row in rows
    ]


def impact_body(impact: Impact) -> dict[str, Any]:
    return asdict(impact) | {"in_use": bool(impact.in_words())}
