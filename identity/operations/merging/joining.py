"""The two people of a merge: held while it lasts, joined, parted, and looked at again."""

from datetime import datetime, timedelta
from typing import Final

from identity.data import Role
from identity.models import AccountMerge, Community, Membership, User
from identity.operations.audit import record
from identity.operations.merging.ledger import hand_over
from identity.operations.people import forget_user
from identity.signals import people_merged
from waddlebot.lib.cache import announce

UNDO_FOR: Final = timedelta(days=30)


def hold(survivor_id: int, absorbed_id: int) -> tuple[User, User]:
    """Lock both until the transaction ends, so that nobody merges them at the same time.

    Rows that name one of them are written before this or after the merge, never in between.
    """
    people = (survivor_id, absorbed_id)
    owned = Membership.objects.filter(user_id__in=people, role=Role.OWNER)
    communities = Community.objects.filter(pk__in=owned.values("community_id"))
    # As whoever changes roles does, so that the last owner is not demoted meanwhile.
    list(communities.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    held = User.objects.select_for_update().filter(pk__in=people).order_by("pk")
    rows = {user.pk: user for user in held}
    return rows[survivor_id], rows[absorbed_id]


def absorb(merge: AccountMerge, absorbed: User, *, now: datetime) -> None:
    """Make everything the survivor's, and the absorbed an alias who signs in no more."""
    merge.ledger = hand_over(source=merge.absorbed_id, target=merge.survivor_id)
    merge.state = AccountMerge.State.DONE
    merge.done_at, merge.expires_at = now, now + UNDO_FOR
    merge.save()
    absorbed.merged_into_id = merge.survivor_id
    # A staged person has nothing to sign in with.
    absorbed.is_active = absorbed.is_staged and absorbed.is_active
    absorbed.save(update_fields=["merged_into", "is_active"])
    _tell(merge, is_undone=False)


def note(merge: AccountMerge, action: str, *, actor: str, now: datetime) -> None:
    both = sorted([f"user:{merge.survivor_id}", f"user:{merge.absorbed_id}"])
    one = [f"user:{merge.survivor_id}"]
    is_joined = merge.state == AccountMerge.State.DONE
    record(
        category="audit",
        action=action,
        actor=actor,
        target=f"user:{merge.survivor_id}",
        details={
            "merge": str(merge.pk),
            "absorbed": f"user:{merge.absorbed_id}",
            "before": {"people": one if action == "merge_undone" else both},
            "after": {"people": one if is_joined else both},
        },
        now=now,
    )


def _tell(merge: AccountMerge, *, is_undone: bool) -> None:
    """Make every process look again at both, and tell the other apps."""
    people = (merge.survivor_id, merge.absorbed_id)
    memberships = Membership.objects.filter(user_id__in=people)
    for community_id in memberships.values_list("community_id", flat=True).distinct():
        for user_id in people:
            announce("roles", f"{community_id}:{user_id}")
            announce("visits", f"{community_id}:{user_id}")
    for user_id in people:
        forget_user(user_id)
    people_merged.send(
        sender=AccountMerge,
        survivor_id=merge.survivor_id,
        absorbed_id=merge.absorbed_id,
        is_undone=is_undone,
    )
