"""One label of one person, by its name: what chat modules and staff do."""

from datetime import datetime

from django.utils import timezone

from identity.api import hold_people
from labels.data import Giver, Kind, Pin, Status
from labels.operations.assigning.refusals import NotAssignedError
from labels.operations.assigning.write import assign, remove
from labels.operations.labels import LabelWish, add_label
from labels.queries.labels import label_named
from waddlebot.lib.retries import in_transaction


@in_transaction
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
    now = now or timezone.now()
    hold_people([user_id])  # Before the labels of the community are, as `assign` does.
    label = label_named(community_id=community_id, kind=Kind.USER, name=name) or add_label(
        community_id=community_id, wish=LabelWish(name), actor=actor, now=now
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
    label = label_named(community_id=community_id, kind=Kind.USER, name=name)
    if label is not None:
        remove(
            community_id=community_id,
            kind=Kind.USER,
            pins=[Pin(label.pk, user_id)],
            giver=Giver(actor),
            now=now or timezone.now(),
        )
