"""Staged people whom nobody has seen for long are forgotten."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from identity.data import Role
from identity.models import IdentityLink, Membership, ReputationDay, SubscriberSighting, User
from identity.registry import OnErasure, PersonalTable, personal_tables
from waddlebot.lib.cache import SEPARATOR, announce

AT_ONCE: Final = 500
GOES_TOO: Final = (User, IdentityLink, Membership, ReputationDay, SubscriberSighting)
"""What everybody has who was once seen. Rows of any other table keep somebody."""


def forget_unseen(*, now: datetime) -> int:
    """Delete who was only ever seen in chat, and not for `STAGED_USER_DAYS`; return how many."""
    if not settings.STAGED_USER_DAYS:
        return 0
    before = now - timedelta(days=settings.STAGED_USER_DAYS)
    total = after = 0
    while ids := list(_unseen(before).filter(pk__gt=after).values_list("pk", flat=True)[:AT_ONCE]):
        total += _forget(ids, before)
        after = ids[-1]
    return total


def _forget(ids: list[int], before: datetime) -> int:
    with transaction.atomic():
        # Whoever gives them something waits for the lock, and is looked for after it is taken.
        locked = User.objects.filter(pk__in=ids).order_by("pk").select_for_update(skip_locked=True)
        going = list(_unseen(before).filter(pk__in=[user.pk for user in locked]))
        for link in IdentityLink.objects.filter(user__in=going):
            announce("people", f"{link.platform}{SEPARATOR}{link.platform_user_id}")
        User.objects.filter(pk__in=[user.pk for user in going]).delete()
    return len(going)


def _unseen(before: datetime) -> "QuerySet[User]":
    seen_at = Coalesce("last_seen_at", "created_at")
    links = IdentityLink.objects.filter(user_id=OuterRef("pk"))
    recent = links.annotate(seen_at=seen_at).filter(
        Q(seen_at__gte=before) | Q(verified_at__isnull=False)
    )
    has_a_role = Membership.objects.filter(user_id=OuterRef("pk"), role__gt=Role.NONE)
    users = User.objects.filter(is_staged=True, date_joined__lt=before)
    users = users.filter(merged_into=None, erased_at=None).exclude(
        Exists(recent) | Exists(has_a_role)
    )
    for table in personal_tables():
        if _keeps(table):
            theirs = {table.column: OuterRef("pk"), **table.where}
            users = users.exclude(Exists(table.model._default_manager.filter(**theirs)))  # noqa: SLF001 - Django documents it
    return users.order_by("pk")


def _keeps(table: PersonalTable) -> bool:
    # What stays after an erasure stays after this too, under a number without a name.
    return table.model not in GOES_TOO and table.on_erasure is not OnErasure.KEEP
