"""What happened, and what is on its way."""

from django.contrib import admin

from core_router.admin.common import ByMonth
from core_router.models import (
    CommandExecution,
    DeliveryLane,
    EventDelivery,
    EventHook,
    OutgoingAction,
    OutgoingLane,
    QueuedEvent,
)
from waddlebot.lib.staff import ReadOnly


@admin.register(CommandExecution)
class CommandExecutionAdmin(ByMonth):
    list_display = ["at", "community_id", "command", "engine", "status", "reason", "duration_ms"]
    list_filter = ["status", "engine"]
    search_fields = ["=id", "=community_id", "=event_id"]


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
