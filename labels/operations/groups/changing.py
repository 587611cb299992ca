"""Making entity groups, changing and removing them, while nobody else changes labels here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from labels.data import Giver, Kind, Pin
from labels.models import EntityGroup, GroupEntity, ObjectLabel, RoleRule
from labels.operations.announcing import forget_community
from labels.operations.assigning import remove
from labels.operations.groups.nesting import set_parents
from labels.operations.groups.telling import facts_of, tell
from labels.operations.groups.wishes import GroupWish, checked
from labels.queries.groups import group_row
from waddlebot.lib.errors import ConflictError, Flaw, NotFoundError
from waddlebot.lib.locks import hold
from waddlebot.lib.retries import in_transaction

MOST_GROUPS: Final = 100


class TooManyGroupsError(ConflictError):
    code = "too_many_groups"


class GroupExistsError(ConflictError):
    code = "group_exists"


class GroupInUseError(ConflictError):
    """What it did on the platforms would stay there, and nobody would know of it any more."""

    code = "group_in_use"


@in_transaction
def add_group(*, community_id: int, wish: GroupWish, actor: str, now: datetime) -> EntityGroup:
    wish = checked(wish)
    hold("labels", community_id)
    if EntityGroup.objects.filter(community=community_id).count() >= MOST_GROUPS:
        raise TooManyGroupsError(f"A community has at most {MOST_GROUPS} groups.")
    row = EntityGroup(community_id=community_id, created_at=now)
    _write(row, wish, now)
    tell(row, "entity_group.added", actor, now, after=facts_of(row))
    return row


@in_transaction
def change_group(
    *, group_id: int, changes: Mapping[str, Any], actor: str, now: datetime
) -> EntityGroup:
    row = locked_group(group_id)
    before = facts_of(row)
    _write(row, checked(replace(_wish_of(row), **changes)), now)
    tell(row, "entity_group.changed", actor, now, before=before, after=facts_of(row))
    return row


@in_transaction
def remove_group(*, group_id: int, actor: str, now: datetime) -> None:
    """Remove a group and take its labels off. Those nested in it stay, with their people."""
    row = locked_group(group_id)
    rules = RoleRule.objects.filter(group=row).count()
    if rules:
        detail = f"It gives roles on the platforms by {rules} rules. Remove those first."
        raise GroupInUseError(detail)
    before = facts_of(row)
    EntityGroup.objects.filter(pk=row.pk).delete()
    _take_labels(row, actor, now)
    forget_community(row.community_id)
    tell(row, "entity_group.removed", actor, now, before=before)


def locked_group(group_id: int) -> EntityGroup:
    """Return a group that nobody else changes. Whoever holds it writes on the record later."""
    hold("labels", group_row(group_id).community_id)
    row = EntityGroup.objects.select_for_update().filter(pk=group_id).first()
    if row is None:
        raise NotFoundError
    return row


def _wish_of(row: EntityGroup) -> GroupWish:
    return GroupWish(**facts_of(row))


def _write(row: EntityGroup, wish: GroupWish, now: datetime) -> None:
    alike = EntityGroup.objects.filter(community=row.community_id, name=wish.name)
    if alike.exclude(pk=row.pk).exists():
        detail = "Another group has this name."
        raise GroupExistsError(detail, errors=[Flaw("#/name", detail)])
    row.name, row.description, row.updated_at = wish.name, wish.description, now
    row.save()
    _name_entities(row, wish.entities)
    set_parents(row, wish.parents)
    forget_community(row.community_id)


def _name_entities(row: EntityGroup, entities: Sequence[str]) -> None:
    row.entities.exclude(entity__in=entities).delete()
    named = [GroupEntity(group=row, entity=entity) for entity in entities]
    GroupEntity.objects.bulk_create(named, ignore_conflicts=True)


def _take_labels(row: EntityGroup, actor: str, now: datetime) -> None:
    held = ObjectLabel.objects.filter(
        kind=Kind.ENTITY_GROUP.value, object_id=str(row.pk), ended_at=None
    )
    for community_id in (row.community_id, None):
        ids = held.filter(label__community=community_id).values_list("label_id", flat=True)
        pins = [Pin(label_id, str(row.pk)) for label_id in ids]
        remove(
            community_id=community_id,
            kind=Kind.ENTITY_GROUP,
            pins=pins,
            giver=Giver(actor),
            now=now,
        )
