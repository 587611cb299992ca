"""Entity groups: channels and servers across platforms under one name, and the people in them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class EntityGroup(models.Model):
    """Its people hold its labels and those of the groups it is in.

    A group that names entities lends its labels there alone, one that names none everywhere.
    """

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=50)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "entity_groups"
        constraints = [
            models.UniqueConstraint(fields=["community", "name"], name="one_group_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class GroupLink(models.Model):
    """All who are in `group` are in `parent` too. Operations refuse circles."""

    group = models.ForeignKey(EntityGroup, on_delete=models.CASCADE, related_name="parent_links")
    parent = models.ForeignKey(EntityGroup, on_delete=models.CASCADE, related_name="child_links")

    class Meta:
        db_table = "entity_group_links"
        constraints = [
            models.UniqueConstraint(fields=["group", "parent"], name="a_group_is_nested_once"),
            models.CheckConstraint(
                condition=~Q(group=models.F("parent")), name="no_group_is_in_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} in {self.parent_id}"


class GroupEntity(models.Model):
    """A channel, or a server with all its channels: `platform+server_id[+channel_id]`."""

    group = models.ForeignKey(EntityGroup, on_delete=models.CASCADE, related_name="entities")
    entity = models.CharField(max_length=232)

    class Meta:
        db_table = "entity_group_entities"
        constraints = [
            models.UniqueConstraint(
                fields=["group", "entity"], name="a_group_names_an_entity_once"
            )
        ]

    def __str__(self) -> str:
        return self.entity


class GroupMember(models.Model):
    group = models.ForeignKey(EntityGroup, on_delete=models.CASCADE, db_index=False)
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.CharField(max_length=60, blank=True, default="", db_default="")

    class Meta:
        db_table = "entity_group_members"
        constraints = [
            models.UniqueConstraint(fields=["group", "user"], name="a_person_is_in_a_group_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.group_id}"
