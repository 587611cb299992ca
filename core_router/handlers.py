"""What the router does when others announce something."""

from typing import Any

from django.db import connection
from django.utils import timezone

from core_router.operations import modules


def give_modules(*, community_id: int, **_: Any) -> None:
    """Runs inside the transaction that makes the community."""
    modules.give_modules(community_id=community_id, now=timezone.now())


def sync_modules(**_: Any) -> None:
    """A module that was installed since the last start reaches the communities of before."""
    # Migrations may also run backwards, and then the table is gone.
    if "community_modules" in connection.introspection.table_names():
        modules.sync_modules(now=timezone.now())
