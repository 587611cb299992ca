"""Imports, to look at. What a line says of people stays with who sent it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from labels.models import Job, JobPart
from waddlebot.lib.staff import ReadOnly


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ["id", "kind", "community", "state", "done", "total", "error_count", "due_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["community"]
    search_fields = ["=id", "community__slug"]
    ordering = ["-id"]
    exclude = ["errors", "idempotency_key"]


@admin.register(JobPart)
class JobPartAdmin(ReadOnly):
    list_display = ["job_id", "side", "number", "first_line"]
    list_filter = ["side"]
    search_fields = ["=job__id"]
    ordering = ["-id"]
    exclude = ["data"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[JobPart]":
        return super().get_queryset(request).defer("data")
