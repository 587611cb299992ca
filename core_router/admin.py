"""The router, for staff: to look at, and to change by the operations everybody else uses."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from core_router.models import (
    Collector,
    CollectorLease,
    Command,
    CommandExecution,
    CommandName,
    CommandUsage,
    CommunityModule,
    Counter,
    DeliveryLane,
    Engine,
    EngineCall,
    Entity,
    EventDelivery,
    EventHook,
    ModerationEntry,
    ModerationRule,
    OutgoingAction,
    OutgoingLane,
    QueuedEvent,
    RateLimit,
)
from core_router.operations.commands import change_command
from core_router.operations.entities import claim_entity
from core_router.operations.rules import change_rule
from waddlebot.lib.ids import moment_of
from waddlebot.lib.staff import ReadOnly, actor_in


def given_by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": actor_in(request), "now": timezone.now()}


class ByMonth(ReadOnly):
    """A table of millions, partitioned by month; its ids are in the order of time."""

    ordering = ["-id"]

    @admin.display(description="When", ordering="id")
    def at(self, row: CommandExecution | ModerationEntry) -> str:
        return f"{moment_of(row.pk):%Y-%m-%d %H:%M:%S}"


@admin.register(Entity)
class EntityAdmin(ReadOnly):
    list_display = ["key", "community", "is_proven", "created_at"]
    list_filter = ["is_proven", "platform"]
    list_select_related = ["community"]
    search_fields = ["server_id", "channel_id", "community__slug"]
    actions = ["prove"]

    @admin.action(description="Prove these claims: their community owns the channel")
    def prove(self, request: HttpRequest, queryset: QuerySet[Entity]) -> None:
        for row in queryset:
            claim_entity(
                community_id=row.community_id,
                platform=row.platform,
                server_id=row.server_id,
                channel_id=row.channel_id,
                proven=True,
                **given_by(request),
            )


@admin.register(Collector)
class CollectorAdmin(ReadOnly):
    list_display = ["name", "platform", "community", "held", "wants", "expires_at"]
    list_filter = ["platform"]
    list_select_related = ["community"]
    search_fields = ["name", "community__slug"]


@admin.register(CollectorLease)
class CollectorLeaseAdmin(ReadOnly):
    list_display = ["key", "community", "holder", "is_live", "viewer_count", "priority", "error"]
    list_filter = ["platform", "is_live"]
    list_select_related = ["community", "holder"]
    search_fields = ["key", "holder__name", "community__slug"]


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


@admin.register(RateLimit)
class RateLimitAdmin(ReadOnly):
    list_display = ["community", "scope", "count", "window_s"]
    list_filter = ["scope"]
    list_select_related = ["community"]
    search_fields = ["community__slug"]


@admin.register(CommandExecution)
class CommandExecutionAdmin(ByMonth):
    list_display = ["at", "community_id", "command", "engine", "status", "reason", "duration_ms"]
    list_filter = ["status", "engine"]
    search_fields = ["=id", "=community_id", "=event_id"]


@admin.register(ModerationEntry)
class ModerationEntryAdmin(ByMonth):
    list_display = ["at", "community_id", "rule_id", "entity", "platform_user_id"]
    search_fields = ["=id", "=community_id"]


@admin.register(QueuedEvent)
class QueuedEventAdmin(ReadOnly):
    """What was said stays between those who said it."""

    list_display = ["id", "community", "platform", "state", "attempts", "due_at", "error"]
    list_filter = ["state"]
    list_select_related = ["community"]
    search_fields = ["=id", "=event_id", "community__slug"]
    exclude = ["payload", "answer"]


@admin.register(OutgoingAction)
class OutgoingActionAdmin(ReadOnly):
    """What it says stays between those who said it."""

    list_display = ["id", "community", "entity", "carrier", "state", "code", "attempts"]
    list_filter = ["carrier", "state"]
    list_select_related = ["community"]
    search_fields = ["=entity", "=execution_id", "community__slug"]
    exclude = ["action"]


@admin.register(Engine)
class EngineAdmin(ReadOnly):
    """Of an address no more than the host: the rest may open something."""

    list_display = ["id", "type", "at", "community", "timeout_s", "is_signed_for", "updated_at"]
    list_filter = ["type"]
    list_select_related = ["community"]
    search_fields = ["=id", "community__slug"]
    fields = ["community", "type", "at", "timeout_s", "options", "is_signed_for", "created_at"]

    @admin.display(description="Where")
    def at(self, row: Engine) -> str:
        return urlsplit(row.target).hostname or row.target

    @admin.display(description="Has a secret", boolean=True)
    def is_signed_for(self, row: Engine) -> bool:
        return bool(row.sealed_secrets)


@admin.register(EngineCall)
class EngineCallAdmin(ReadOnly):
    """Calls outside that have no answer yet."""

    list_display = ["id", "command", "community", "engine", "state", "started_at", "expires_at"]
    list_filter = ["state", "engine"]
    list_select_related = ["community"]
    search_fields = ["=id", "=event_id", "=entity", "community__slug"]


@admin.register(OutgoingLane)
class OutgoingLaneAdmin(ReadOnly):
    list_display = ["id", "entity", "rank", "due_at"]
    search_fields = ["=entity"]


@admin.register(EventHook)
class EventHookAdmin(ReadOnly):
    list_display = ["id", "community", "mode", "priority", "enabled", "failing_since"]
    list_filter = ["enabled", "mode"]
    list_select_related = ["community"]
    search_fields = ["=id", "community__slug"]


@admin.register(DeliveryLane)
class DeliveryLaneAdmin(ReadOnly):
    list_display = ["id", "engine", "entity", "has_work", "due_at", "attempts"]
    list_filter = ["has_work"]
    list_select_related = ["engine"]
    search_fields = ["=id", "=entity"]


@admin.register(EventDelivery)
class EventDeliveryAdmin(ReadOnly):
    """What it says stays between those who said it."""

    list_display = ["id", "community", "message_type", "state", "attempts", "reason"]
    list_filter = ["state"]
    list_select_related = ["community"]
    search_fields = ["=id", "=execution_id", "=event_id", "community__slug"]
    exclude = ["payload"]


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
