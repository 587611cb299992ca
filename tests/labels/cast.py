"""Plain functions that make one label or group, and put it on somebody."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from identity.models import Community, User
from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, GroupMember, Label
from labels.operations.announcing import forget_people
from labels.operations.assigning import assign
from labels.operations.groups import add_group
from labels.operations.groups.wishes import GroupWish
from labels.operations.labels import add_label
from labels.operations.labels.wishes import LabelWish


def label(place: Community | None, name: str, *grants: str, **rest: Any) -> Label:
    """Return a label of a community; of the system's when that is None."""
    wish = LabelWish(name=name, grants=grants, **rest)
    community_id = place.pk if place else None
    return add_label(community_id=community_id, wish=wish, actor="system", now=timezone.now())


def group(
    place: Community, name: str, *entities: str, parents: tuple[str, ...] = ()
) -> EntityGroup:
    wish = GroupWish(name=name, entities=entities, parents=parents)
    return add_group(community_id=place.pk, wish=wish, actor="system", now=timezone.now())


def hold(
    row: Label,
    *targets: User | EntityGroup,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str = "system",
) -> None:
    """Pin a label on people, or on groups."""
    kind = Kind(row.kind)
    pins = [
        Pin(row.pk, each.pk if kind is Kind.USER else str(each.pk), since, until)
        for each in targets
    ]
    assign(
        community_id=row.community_id,
        kind=kind,
        pins=pins,
        giver=Giver(by),
        now=timezone.now(),
    )


def join(row: EntityGroup, *people: User) -> None:
    GroupMember.objects.bulk_create(GroupMember(group=row, user=each) for each in people)
    forget_people(community_id=row.community_id, user_ids=[each.pk for each in people])
