"""Two accounts of one person: looked at, made one, and parted again."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from identity.models import AccountMerge, Erasure, User
from identity.operations.code_limits import count_guess, wait_to_guess
from identity.operations.merging.codes import spend_merge_code
from identity.operations.merging.joining import absorb, hold, note, part
from identity.operations.merging.ledger import count_moves, rows_joined_into, rows_moved
from identity.operations.merging.notices import tell_of_merge, tell_of_undo
from identity.queries.links import has_way_in
from waddlebot.lib.errors import ConflictError, DomainError
from waddlebot.lib.problems import RateLimitedError
from waddlebot.lib.retries import in_transaction

PREVIEW_FOR: Final = timedelta(minutes=30)

State = AccountMerge.State


class MergeCodeError(DomainError):
    """Unknown, used and expired codes look alike."""

    code = "code_invalid"


class TooManyGuessesError(RateLimitedError):
    code = "too_many_attempts"


class OwnCodeError(ConflictError):
    code = "own_code"


class NotMergeableError(ConflictError):
    """One of the two is no account that may be merged."""

    code = "not_mergeable"


class MergeNotOpenError(ConflictError):
    """It is no preview any more, or too old a one; or it is not done, so there is no undoing."""

    code = "merge_not_open"


class UndoOverError(DomainError):
    code = "undo_over"
    status = 410


class LaterMergeError(ConflictError):
    """What was moved has been merged with something else since."""

    code = "later_merge_first"


class NoWayInError(ConflictError):
    code = "last_login_method"


def preview_merge(*, survivor_id: int, code: str, actor: str, now: datetime) -> AccountMerge:
    """Return what would become the survivor's. Nothing moves before it is confirmed."""
    with transaction.atomic():
        survivor = User.objects.select_for_update(no_key=True).get(pk=survivor_id)
        if wait := wait_to_guess(user_id=survivor_id, now=now):
            raise TooManyGuessesError("Too many wrong codes.", retry_after_s=wait.total_seconds())
        absorbed_id = spend_merge_code(code, now=now)
        if absorbed_id is None:
            count_guess(user_id=survivor_id, now=now)
        elif absorbed_id == survivor_id:
            raise OwnCodeError("Type this code in the account that stays, not in this one.")
        else:
            return _previewed(survivor, User.objects.get(pk=absorbed_id), actor, now)
    raise MergeCodeError("This code is not valid. Make a new one in the other account.")


@in_transaction
def confirm_merge(*, merge_id: UUID, actor: str, now: datetime) -> AccountMerge:
    """Do what the preview showed, to both accounts as they are now."""
    merge, survivor, absorbed = _held(merge_id)
    if merge.state != State.PREVIEW or merge.expires_at <= now:
        raise MergeNotOpenError("This merge is not open any more. Start again with a code.")
    _check(survivor, absorbed)
    absorb(merge, absorbed, now=now)
    tell_of_merge(survivor, absorbed)
    note(merge, "merged", actor=actor, now=now)
    return merge


@in_transaction
def undo_merge(*, merge_id: UUID, actor: str, now: datetime) -> AccountMerge:
    """Part the two again, within 30 days. What came since stays the survivor's."""
    merge, survivor, absorbed = _held(merge_id)
    if merge.state != State.DONE:
        raise MergeNotOpenError("This merge is not done.")
    if merge.expires_at <= now:
        raise UndoOverError("A merge can be undone for 30 days. These are over.")
    if survivor.merged_into_id is not None or _is_built_on(merge):
        raise LaterMergeError("A later merge builds on this one. Undo that one first.")
    had_way_in = has_way_in(survivor)
    part(merge, absorbed, now=now)
    if had_way_in and not has_way_in(survivor):
        raise NoWayInError("Your account would have no way in. Set a password first.")
    tell_of_undo(survivor, absorbed)
    note(merge, "merge_undone", actor=actor, now=now)
    return merge


def cancel_merge(*, merge_id: UUID) -> None:
    open_merges = AccountMerge.objects.filter(pk=merge_id, state=State.PREVIEW)
    if not open_merges.update(state=State.CANCELLED):
        raise MergeNotOpenError("This merge is not open any more.")


def _held(merge_id: UUID) -> tuple[AccountMerge, User, User]:
    merge = AccountMerge.objects.defer("ledger").get(pk=merge_id)
    survivor, absorbed = hold(merge.survivor_id, merge.absorbed_id)
    # Whoever else decides about it has done so, or waits.
    merge.refresh_from_db()
    return merge, survivor, absorbed


def _previewed(survivor: User, absorbed: User, actor: str, now: datetime) -> AccountMerge:
    _check(survivor, absorbed)
    merge = AccountMerge.objects.create(
        survivor=survivor,
        absorbed=absorbed,
        moves=count_moves(source=absorbed.pk, target=survivor.pk),
        created_at=now,
        expires_at=now + PREVIEW_FOR,
    )
    note(merge, "merge_previewed", actor=actor, now=now)
    return merge


def _check(survivor: User, absorbed: User) -> None:
    for user in (survivor, absorbed):
        is_over = user.is_staged or user.merged_into_id is not None or user.erased_at is not None
        if is_over or not user.is_active:
            raise NotMergeableError("One of the two accounts is not in use.")
    leaving = Erasure.objects.filter(state=Erasure.State.SCHEDULED)
    if leaving.filter(Q(user=survivor) | Q(user=absorbed)).exists():
        raise NotMergeableError("One of the two accounts is to be erased. Cancel that first.")
    # A merge must make nobody staff: keys that come along do what their new owner may.
    if (survivor.is_staff, survivor.is_superuser) != (absorbed.is_staff, absorbed.is_superuser):
        raise NotMergeableError("An account of the staff is merged only with another like it.")


def _is_built_on(merge: AccountMerge) -> bool:
    """Tell whether other merges have joined rows into those that this one moved or joined."""
    moved, joined = rows_moved(merge.ledger), rows_joined_into(merge.ledger)
    others = AccountMerge.objects.filter(survivor_id=merge.survivor_id, state=State.DONE)
    for other in others.exclude(pk=merge.pk).order_by("pk").iterator(chunk_size=1):
        is_later = (other.done_at, other.pk) > (merge.done_at, merge.pk)
        theirs = rows_joined_into(other.ledger)
        if not theirs.isdisjoint(moved | joined if is_later else moved):
            return True
    return False
