"""One label of one person, by its name: what chat modules and staff do."""

import re
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from labels.data import Giver, Kind, Pin, Status
from labels.models import Label
from labels.operations.assigning.refusals import NotAssignedError
from labels.operations.assigning.write import assign, remove
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
        label, _ = Label.objects.alive().get_or_create(
            community_id=community_id,
            kind=Kind.USER.value,
            name=name,
            defaults={"created_at": now},
        )
        (result,) = assign(
            community_id=community_id,
            kind=Kind.USER,
            pins=[Pin(label.pk, user_id, valid_until=valid_until)],
            giver=Giver(actor),
            now=now,
        )
        if result.status is Status.ERROR:
            raise NotAssignedError(result)


def take(
    *,
    community_id: int,
    user_id: int,
    name: str,
    actor: str = "system",
    now: datetime | None = None,
) -> None:
    """Take a label off somebody. Taking one they do not hold is fine."""
    now = now or timezone.now()
    label = Label.objects.alive().filter(
        community_id=community_id, kind=Kind.USER.value, name=name
    )
    pins = [Pin(pk, user_id) for pk in label.values_list("pk", flat=True)]
    remove(community_id=community_id, kind=Kind.USER, pins=pins, giver=Giver(actor), now=now)
