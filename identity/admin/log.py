"""The AAA log."""

from django.contrib import admin

from identity.models import AuditEvent
from waddlebot.lib.ids import moment_of
from waddlebot.lib.staff import BoundedPaginator, ReadOnly


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ["at", "category", "action", "outcome", "actor", "target"]
    list_filter = ["category", "outcome"]
    search_fields = ["=actor", "=target", "=action"]
    ordering = ["-id"]
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    exclude = ["hash", "previous_hash"]

    @admin.display(description="When", ordering="id")
    def at(self, event: AuditEvent) -> str:
        return f"{moment_of(event.pk):%Y-%m-%d %H:%M:%S}"
