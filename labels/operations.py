"""Giving labels and taking them."""

import re
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from identity.api import record
from labels.models import Label, UserLabel
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import Flaw, InvalidError

NAME: Final = re.compile(r"[^\s/\x00][^\s\x00]{0,49}")


def give(
    *,
    community_id: int,
    user_id: int,
    name: str,
    valid_until: datetime | None = None,
    actor: str = "system",
    now: datetime | None = None,
) -> None:
    """Pin a label on somebody; a label nobody has used yet is made by it.

    Given again, it ends when the last one to give it said.
    """
    if not NAME.fullmatch(name):
        flaw = Flaw("#/label", "Up to 50 characters without spaces, not starting with a slash.")
        raise InvalidError("The label is malformed.", errors=[flaw])
    now = now or timezone.now()
    with transaction.atomic():
        held = _held(community_id, user_id, name, now)
        label, _ = Label.objects.get_or_create(
            community_id=community_id, name=name, defaults={"created_at": now}
        )
        UserLabel.objects.update_or_create(
            label=label,
            user_id=user_id,
            defaults={"valid_until": valid_until},
            create_defaults={"valid_until": valid_until, "given_at": now},
        )
        forget(community_id=community_id, user_id=user_id)
        _record("label_given", community_id, user_id, (held, name), actor, now)


def take(
    *,
    community_id: int,
    user_id: int,
    name: str,
    actor: str = "system",
    now: datetime | None = None,
) -> None:
    """Take a label off somebody. Taking one they do not hold is fine."""
    held = UserLabel.objects.filter(
        label__community_id=community_id, label__name=name, user_id=user_id
    )
    with transaction.atomic():
        if not held.delete()[0]:
            return
        forget(community_id=community_id, user_id=user_id)
        _record("label_taken", community_id, user_id, (name, ""), actor, now or timezone.now())


def forget(*, community_id: int, user_id: int) -> None:
    """Make every process ask again what somebody holds."""
    announce("labels", f"{community_id}:{user_id}")


def forget_everybody() -> None:
    """The same, after a label itself was renamed or removed."""
    announce("labels")


def _held(community_id: int, user_id: int, name: str, now: datetime) -> str:
    """Return the label when somebody holds it already, else nothing."""
    valid = Q(valid_until=None) | Q(valid_until__gt=now)
    held = UserLabel.objects.filter(
        valid, label__community_id=community_id, label__name=name, user_id=user_id
    )
    return name if held.exists() else ""


def _record(
    action: str,
    community_id: int,
    user_id: int,
    change: tuple[str, str],
    actor: str,
    now: datetime,
) -> None:
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=community_id,
        target=f"user:{user_id}",
        details={"before": change[0], "after": change[1]},
        now=now,
    )
