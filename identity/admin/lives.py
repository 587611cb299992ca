"""What people asked for about their whole account."""

from django.contrib import admin

from identity.models import DataExport, Erasure
from waddlebot.lib.staff import ReadOnly


@admin.register(DataExport)
class DataExportAdmin(ReadOnly):
    list_display = ["id", "user", "state", "attempts", "error", "created_at", "expires_at"]
    list_filter = ["state"]
    list_select_related = ["user"]
    search_fields = ["=user__username"]
    show_full_result_count = False


@admin.register(Erasure)
class ErasureAdmin(ReadOnly):
    list_display = ["id", "user_id", "state", "requested_at", "due_at", "ended_at", "attempts"]
    list_filter = ["state"]
    search_fields = ["=user__username"]
    show_full_result_count = False
