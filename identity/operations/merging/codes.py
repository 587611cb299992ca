"""The code by which somebody lets another of their accounts absorb the one they are in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from identity.models import AccountMerge, User, VerificationCode
from identity.operations.audit import record
from identity.operations.code_limits import count_asked
from identity.operations.link_codes import LIFE, merge_hashes, new_code
from waddlebot.lib.errors import UnavailableError

MERGE: Final = "merge"
TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class NewMergeCode:
    """A code just made; it is shown once, and only its keyed hash is kept."""

    code: str
    expires_at: datetime


def make_merge_code(*, user_id: int, address: str, actor: str, now: datetime) -> NewMergeCode:
    """Return a code that lets this account be absorbed, once, within ten minutes.

    Whatever an earlier one led to and is not confirmed yet ends with it.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)
        count_asked(user_id=user_id, platform="", username="", address=address, now=now)
        VerificationCode.objects.filter(user_id=user_id, purpose=MERGE).delete()
        open_merges = AccountMerge.objects.filter(
            absorbed_id=user_id, state=AccountMerge.State.PREVIEW
        )
        open_merges.update(state=AccountMerge.State.CANCELLED)
        made = NewMergeCode(_free_code(user_id, now), now + LIFE)
        record(
            category="audit",
            action="merge_code_made",
            actor=actor,
            target=f"user:{user_id}",
            now=now,
        )
    return made


def spend_merge_code(code: str, *, now: datetime) -> int | None:
    """Return whom a code lets be absorbed. Of any number who use it at once, one does."""
    codes = VerificationCode.objects.filter(purpose=MERGE, code_hash__in=merge_hashes(code))
    if not codes.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        return None
    return codes.values_list("user_id", flat=True).first()


def _free_code(user_id: int, now: datetime) -> str:
    for _ in range(TRIES):
        code = new_code()
        try:
            with transaction.atomic():
                VerificationCode.objects.create(
                    purpose=MERGE,
                    user_id=user_id,
                    code_hash=merge_hashes(code)[0],
                    created_at=now,
                    expires_at=now + LIFE,
                )
        except IntegrityError:
            continue  # Somebody else has the same one.
        return code
    raise UnavailableError
