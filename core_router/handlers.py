"""What the router does when others announce something."""

from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core_router.operations import modules
from core_router.operations.refusals import forget_refusals


def give_modules(*, community_id: int, **_: Any) -> None:
    """Runs inside the transaction that makes the community."""
    modules.give_modules(community_id=community_id, now=timezone.now())


def forget_both(*, survivor_id: int, absorbed_id: int, community_ids: list[int], **_: Any) -> None:
    """What one was told, `!why` tells nobody who has become another since."""
    people = (survivor_id, absorbed_id)
    transaction.on_commit(partial(forget_refusals, community_ids=community_ids, user_ids=people))


def sync_modules(**_: Any) -> None:
    """A module that was installed since the last start reaches the communities of before."""
    # Migrations may also run backwards, and then the table is gone.
    if "community_modules" in connection.introspection.table_names():
        modules.sync_modules(now=timezone.now())
