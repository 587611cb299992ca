"""Roles on the platforms that follow from labels, and what became of each; to look at."""

from django.contrib import admin

from labels.models import RoleGrant, RoleRule
from waddlebot.lib.staff import ReadOnly


@admin.register(RoleRule)
class RoleRuleAdmin(ReadOnly):
    list_display = ["label", "group", "platform", "server_id", "role", "enabled", "due_at"]
    list_filter = ["platform", "enabled"]
    list_select_related = ["label", "group"]
    search_fields = ["=label__name", "=server_id", "=role"]


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnly):
    list_display = ["user", "rule", "state", "given_by_us", "code", "attempts", "updated_at"]
    list_filter = ["state", "given_by_us"]
    list_select_related = ["user", "rule"]
    search_fields = ["=user__username", "=platform_user_id", "=code"]
    ordering = ["-id"]
