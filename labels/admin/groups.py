"""Entity groups, to look at: who manages them does so over the API."""

from typing import Any

from django.contrib import admin

from labels.models import EntityGroup, GroupEntity, GroupLink, GroupMember
from waddlebot.lib.staff import ReadOnly


class PartInline(admin.TabularInline):  # type: ignore[type-arg]
    can_delete = False

    def has_add_permission(self, *_: Any) -> bool:
        return False

    def has_change_permission(self, *_: Any) -> bool:
        return False


class EntityInline(PartInline):
    model = GroupEntity
    fields = ["entity"]


class LinkInline(PartInline):
    model = GroupLink
    fk_name = "group"
    fields = ["parent"]


@admin.register(EntityGroup)
class EntityGroupAdmin(ReadOnly):
    list_display = ["name", "community", "created_at"]
    list_select_related = ["community"]
    search_fields = ["name", "community__slug"]
    inlines = [EntityInline, LinkInline]


@admin.register(GroupMember)
class GroupMemberAdmin(ReadOnly):
    list_display = ["user", "group", "added_at", "added_by"]
    list_select_related = ["user", "group"]
    search_fields = ["=group__name", "=user__username", "=user__public_id"]
    ordering = ["-id"]
