"""What a community can be called with."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core_router.admin.common import given_by
from core_router.models import (
    Command,
    CommandName,
    CommandUsage,
    CommunityModule,
    Counter,
    RateLimit,
)
from core_router.operations.commands import change_command
from waddlebot.lib.staff import ReadOnly


class CommandNameInline(admin.TabularInline):  # type: ignore[type-arg]
    model = CommandName
    fields = ["prefix", "word"]
    can_delete = False

    def has_add_permission(self, *_: object) -> bool:
        return False

    def has_change_permission(self, *_: object) -> bool:
        return False


@admin.register(Command)
class CommandAdmin(ReadOnly):
    list_display = ["__str__", "community", "module", "enabled", "uses"]
    list_filter = ["enabled", "module"]
    list_select_related = ["community"]
    search_fields = ["name", "names__word", "community__slug"]
    inlines = [CommandNameInline]
    actions = ["switch_on", "switch_off"]

    @admin.action(description="Switch these on")
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Command]) -> None:
        self._switch(request, queryset, enabled=True)

    @admin.action(description="Switch these off")
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Command]) -> None:
        self._switch(request, queryset, enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Command], *, enabled: bool) -> None:
        for row in queryset:
            change_command(
                community_id=row.community_id,
                command_id=row.pk,
                changes={"enabled": enabled},
                **given_by(request),
            )


@admin.register(RateLimit)
class RateLimitAdmin(ReadOnly):
    list_display = ["community", "scope", "count", "window_s"]
    list_filter = ["scope"]
    list_select_related = ["community"]
    search_fields = ["community__slug"]


@admin.register(CommandUsage)
class CommandUsageAdmin(ReadOnly):
    list_display = ["day", "community", "command", "engine", "calls", "errors"]
    list_filter = ["engine"]
    list_select_related = ["community"]
    search_fields = ["command", "community__slug"]
    ordering = ["-id"]


@admin.register(CommunityModule)
class CommunityModuleAdmin(ReadOnly):
    list_display = ["slug", "community", "created_at"]
    list_filter = ["slug"]
    list_select_related = ["community"]


@admin.register(Counter)
class CounterAdmin(ReadOnly):
    list_display = ["name", "community", "value"]
    list_select_related = ["community"]
    search_fields = ["name", "community__slug"]
