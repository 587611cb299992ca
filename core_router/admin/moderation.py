"""Rules, and what they stopped."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core_router.admin.common import ByMonth, given_by
from core_router.models import ModerationEntry, ModerationRule
from core_router.operations.rules import change_rule
from waddlebot.lib.staff import ReadOnly


@admin.register(ModerationRule)
class ModerationRuleAdmin(ReadOnly):
    list_display = ["name", "community", "match", "severity", "mode"]
    list_filter = ["match", "mode"]
    list_select_related = ["community"]
    search_fields = ["name", "community__slug"]
    actions = ["switch_off"]

    @admin.action(description="Switch these off")
    def switch_off(self, request: HttpRequest, queryset: QuerySet[ModerationRule]) -> None:
        for row in queryset:
            change_rule(
                community_id=row.community_id,
                rule_id=row.pk,
                changes={"mode": "off"},
                **given_by(request),
            )


@admin.register(ModerationEntry)
class ModerationEntryAdmin(ByMonth):
    list_display = ["at", "community_id", "rule_id", "entity", "platform_user_id"]
    search_fields = ["=id", "=community_id"]
