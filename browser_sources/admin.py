"""Overlays for staff. A token is never among what they see."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from browser_sources.models import BrowserSource, OverlayItem

# Only the stubs know that it is generic.
if TYPE_CHECKING:
    SourceAdmin = admin.ModelAdmin[BrowserSource]
    ItemAdmin = admin.ModelAdmin[OverlayItem]
else:
    SourceAdmin = ItemAdmin = admin.ModelAdmin


@admin.register(BrowserSource)
class BrowserSourceAdmin(SourceAdmin):
    list_display = ["name", "type", "community", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["community"]
    search_fields = ["name", "community__slug"]
    fields = ["community", "type", "name", "created_at", "last_used_at", "previous_valid_until"]
    readonly_fields = ["community", "type", "created_at", "last_used_at", "previous_valid_until"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(OverlayItem)
class OverlayItemAdmin(ItemAdmin):
    list_display = ["id", "kind", "state", "priority", "started_at", "is_test"]
    list_filter = ["kind", "state"]
    ordering = ["-id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
