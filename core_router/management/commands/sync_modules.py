"""`waddlebot manage sync_modules`: give every community the built-in modules it lacks."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core_router.operations.modules import sync_modules


class Command(BaseCommand):
    help = "Gives every community the built-in modules that were installed since it was made."

    def handle(self, *args: Any, **options: Any) -> None:
        count = sync_modules(now=timezone.now())
        self.stdout.write(f"{count} communities got new modules.")
