"""Rules that give labels by themselves, and what their runs have done; to look at."""

from django.contrib import admin

from labels.models import LabelRule, RuleRun, RuleWake
from waddlebot.lib.staff import ReadOnly


@admin.register(LabelRule)
class LabelRuleAdmin(ReadOnly):
    list_display = ["name", "label", "community", "enabled", "removes", "due_at"]
    list_filter = ["enabled", "removes"]
    list_select_related = ["label", "community"]
    search_fields = ["name", "community__slug"]


@admin.register(RuleRun)
class RuleRunAdmin(ReadOnly):
    list_display = ["started_at", "rule", "trigger", "state", "added", "removed", "suppressed"]
    list_filter = ["state", "trigger"]
    list_select_related = ["rule"]
    search_fields = ["=id", "=rule__name"]
    ordering = ["-id"]


@admin.register(RuleWake)
class RuleWakeAdmin(ReadOnly):
    list_display = ["woken_at", "community", "user"]
    list_select_related = ["community", "user"]
    search_fields = ["=community__slug", "=user__username"]
