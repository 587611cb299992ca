"""Two people become one, and two again."""

from datetime import datetime, timedelta
from typing import Final

from allauth.usersessions.models import UserSession
from django.db.models import Q

from identity.data import Role
from identity.models import AccountMerge, Community, IdentityLink, LinkRequest, Membership, User
from identity.operations.audit import record
from identity.operations.merging.ledger import hand_back, hand_over, moves_in
from identity.operations.people import forget_user
from identity.queries.links import sign_ins_of
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
    _end_what_is_open(absorbed, now)
    merge.ledger = hand_over(source=merge.absorbed_id, target=merge.survivor_id)
    merge.moves = moves_in(merge.ledger)
    merge.state = AccountMerge.State.DONE
    merge.done_at, merge.expires_at = now, now + UNDO_FOR
    merge.save()
    absorbed.merged_into_id = merge.survivor_id
    # A staged person has nothing to sign in with.
    absorbed.is_active = absorbed.is_staged and absorbed.is_active
    absorbed.save(update_fields=["merged_into", "is_active"])
    tell(merge)


def part(merge: AccountMerge, absorbed: User, *, now: datetime) -> None:
    """Give the absorbed back what was theirs. What came since stays the survivor's."""
    # What was written under the absorbed id since would be in the way of what goes back.
    late = hand_over(source=merge.absorbed_id, target=merge.survivor_id)
    hand_back([*merge.ledger, *late], source=merge.absorbed_id, target=merge.survivor_id)
    if merge.is_staged:
        _unverify(absorbed, merge.survivor_id, now)
    merge.ledger = []
    merge.state, merge.undone_at = AccountMerge.State.UNDONE, now
    merge.save()
    absorbed.merged_into_id = None
    absorbed.is_active = absorbed.is_active or not absorbed.is_staged
    absorbed.save(update_fields=["merged_into", "is_active"])
    tell(merge, is_undone=True)


def tell(merge: AccountMerge, *, is_undone: bool = False) -> None:
    """Make every process look again at both, and tell the other apps."""
    people = (merge.survivor_id, merge.absorbed_id)
    memberships = Membership.objects.filter(user_id__in=people).order_by("community_id")
    community_ids = list(memberships.values_list("community_id", flat=True).distinct())
    for community_id in community_ids:
        for user_id in people:
            announce("roles", f"{community_id}:{user_id}")
            announce("visits", f"{community_id}:{user_id}")
            announce("seen", f"{community_id}:{user_id}")
    for public_id in User.objects.filter(pk__in=people).values_list("public_id", flat=True):
        announce("public_ids", public_id)
    for user_id in people:
        forget_user(user_id)
    people_merged.send(
        sender=AccountMerge,
        survivor_id=merge.survivor_id,
        absorbed_id=merge.absorbed_id,
        community_ids=community_ids,
        is_undone=is_undone,
    )


def note(merge: AccountMerge, action: str, *, actor: str, now: datetime) -> None:
    """Write it into the AAA log, by numbers alone."""
    one, other = f"user:{merge.survivor_id}", f"user:{merge.absorbed_id}"
    is_one = {
        "merge_previewed": (False, False),
        "merged": (False, True),
        "merge_undone": (True, False),
    }
    before, after = ([one] if each else [one, other] for each in is_one[action])
    record(
        category="audit",
        action=action,
        actor=actor,
        target=one,
        details={
            "merge": str(merge.pk),
            "absorbed": other,
            "before": {"people": before},
            "after": {"people": after},
            "moves": merge.moves,
        },
        now=now,
    )


def _end_what_is_open(absorbed: User, now: datetime) -> None:
    """Close what was to happen to this account, which does not wait for another's word."""
    open_merges = AccountMerge.objects.filter(state=AccountMerge.State.PREVIEW)
    concerned = open_merges.filter(Q(survivor=absorbed) | Q(absorbed=absorbed))
    concerned.update(state=AccountMerge.State.CANCELLED)
    live = LinkRequest.objects.filter(user=absorbed, state__in=["pending", "confirming"])
    live.update(state=LinkRequest.State.CANCELLED, code_hash=None, expires_at=now)
    for session in UserSession.objects.filter(user=absorbed):
        session.end()


def _unverify(staged: User, survivor_id: int, now: datetime) -> None:
    """Whoever has no account again has proven nothing; nobody signs in by what went back."""
    links = IdentityLink.objects.filter(user=staged)
    for link in links:
        link.user_id = survivor_id
        sign_ins_of(link).delete()
    known = LinkRequest.objects.filter(link__in=links, state=LinkRequest.State.VERIFIED)
    known.update(state=LinkRequest.State.CANCELLED, link=None, expires_at=now)
    links.update(verified_at=None, method="")
