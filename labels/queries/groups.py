"""Entity groups, what they are in, and who is in them."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet

from labels.data import Kind
from labels.models import EntityGroup, GroupLink, GroupMember, Label, ObjectLabel, RoleRule
from waddlebot.lib.errors import NotFoundError


def groups_of(community_id: int) -> QuerySet[EntityGroup]:
    """Return a community's groups with what they name and are nested in."""
    rows = EntityGroup.objects.filter(community_id=community_id)
    return rows.prefetch_related("entities", "parent_links__parent", "child_links__group")


def group_row(group_id: int) -> EntityGroup:
    row = EntityGroup.objects.filter(pk=group_id).first()
    if row is None:
        raise NotFoundError
    return row


def find_groups(
    *, community_id: int, references: Collection[int | str]
) -> dict[int | str, EntityGroup]:
    """Return the groups that ids and names mean; the unknown are left out."""
    ids = {each for each in references if isinstance(each, int)}
    names = {each for each in references if isinstance(each, str) and "\0" not in each}
    rows = EntityGroup.objects.filter(Q(pk__in=ids) | Q(name__in=names), community=community_id)
    found: dict[int | str, EntityGroup] = {}
    for row in rows:
        found |= {row.pk: row, row.name: row}
    return {each: found[each] for each in references if each in found}


def parents_in(community_id: int) -> Mapping[int, list[int]]:
    """Return what each group of a community is right in."""
    links = GroupLink.objects.filter(group__community=community_id).order_by("parent_id")
    above: dict[int, list[int]] = defaultdict(list)
    for group_id, parent_id in links.values_list("group_id", "parent_id"):
        above[group_id].append(parent_id)
    return above


def lent_by(row: EntityGroup) -> dict[int, Label]:
    """Return the labels that people of a group hold by it, and by the groups it is in.

    Those from which a role follows for its people are among them: who is in decides who has it.
    """
    above = parents_in(row.community_id)
    groups = [row.pk]
    for each in groups:
        groups += [parent for parent in above.get(each, ()) if parent not in groups]
    held = ObjectLabel.objects.filter(
        kind=Kind.ENTITY_GROUP.value, object_id__in=map(str, groups), ended_at=None
    )
    rules = RoleRule.objects.filter(group__in=groups, deleted_at=None)
    ids = held.values_list("label_id", flat=True).union(rules.values_list("label_id", flat=True))
    return Label.objects.alive().in_bulk(ids)


def members_of(group_id: int) -> QuerySet[GroupMember]:
    return GroupMember.objects.filter(group_id=group_id).select_related("user")
