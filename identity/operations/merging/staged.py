"""Somebody who was only seen in chat turns out to be somebody with an account."""

from datetime import datetime

from django.db import transaction

from identity.models import AccountMerge
from identity.operations.merging.joining import absorb, hold, note
from waddlebot.lib.errors import ConflictError


class NotStagedError(ConflictError):
    """Only somebody without an account is absorbed unasked, and only once."""

    code = "not_staged"


def absorb_staged(*, survivor_id: int, absorbed_id: int, actor: str, now: datetime) -> None:
    """Make all that a staged person has the survivor's, in the caller's transaction.

    Of any number who absorb the same one at once, one does.
    """
    with transaction.atomic():
        survivor, absorbed = hold(survivor_id, absorbed_id)
        if not absorbed.is_staged or absorbed.merged_into_id is not None:
            raise NotStagedError("This person has an account, or is somebody's already.")
        if survivor.is_staged or survivor.merged_into_id is not None:
            raise NotStagedError("Only somebody with an account absorbs others.")
        merge = AccountMerge(
            survivor=survivor, absorbed=absorbed, is_staged=True, created_at=now, expires_at=now
        )
        absorb(merge, absorbed, now=now)
        note(merge, "merged", actor=actor, now=now)
