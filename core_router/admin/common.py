"""What these pages share."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from core_router.models import CommandExecution, ModerationEntry
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
