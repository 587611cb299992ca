"""Entity groups, as they travel."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from identity.data import Tenant
from labels.models import EntityGroup
from labels.operations.groups.wishes import (
    LONGEST_NAME,
    MOST_ENTITIES,
    MOST_PARENTS,
    GroupWish,
)
from labels.serializers.labels import Reference
from waddlebot.lib.fields import Strict, Text, Texts

LONGEST_ENTITY = 240


class GroupChange(Strict):
    """What may be changed of a group."""

    name = Text(max_length=LONGEST_NAME)
    description = Text(max_length=200, allow_blank=True, required=False)
    entities = Texts(
        longest=LONGEST_ENTITY,
        max_length=MOST_ENTITIES,
        required=False,
        help_text="`platform+server[+channel]`; without any it counts everywhere.",
    )
    parents = serializers.ListField(
        child=Reference(),
        max_length=MOST_PARENTS,
        required=False,
        help_text="Ids or names of groups that all who are in this one are in too.",
    )


class GroupInput(GroupChange):
    community = Reference(required=False, allow_null=True, help_text="Its id or slug.")

    def to_wish(self) -> GroupWish:
        given = dict(self.validated_data)
        given.pop("community", None)
        return GroupWish(**given)


class GroupOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    community = serializers.CharField(help_text="Its slug.")
    description = serializers.CharField()
    entities = serializers.ListField(child=serializers.CharField())
    parents = serializers.ListField(child=serializers.CharField(), help_text="Their names.")
    groups = serializers.ListField(
        child=serializers.CharField(), help_text="The names of those nested in it."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OneGroupOutput(GroupOutput):
    members = serializers.IntegerField(help_text="Not counting those of groups nested in it.")


def group_bodies(rows: Sequence[EntityGroup], place: Tenant) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "name": row.name,
            "community": place.slug,
            "description": row.description,
            "entities": sorted(each.entity for each in row.entities.all()),
            "parents": sorted(link.parent.name for link in row.parent_links.all()),
            "groups": sorted(link.group.name for link in row.child_links.all()),
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }
        for row in rows
    ]
