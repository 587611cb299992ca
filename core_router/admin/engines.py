"""Who answers outside this process, and what has been asked of them."""

from urllib.parse import urlsplit

from django.contrib import admin

from core_router.models import Engine, EngineCall
from waddlebot.lib.staff import ReadOnly


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
