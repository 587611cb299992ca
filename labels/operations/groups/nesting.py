"""Groups in groups. Circles are refused while nobody else changes this community's groups."""

from collections.abc import Sequence

from labels.models import EntityGroup, GroupLink
from labels.operations.groups.wishes import InvalidGroupError
from labels.queries.groups import find_groups, parents_in
from labels.queries.ways import way_up
from waddlebot.lib.errors import Flaw


class CircularGroupsError(InvalidGroupError):
    code = "circular_groups"


def set_parents(row: EntityGroup, references: Sequence[int | str]) -> None:
    """Let all who are in a group be in these too, and in no others by it."""
    parents = _found(row, references)
    above = parents_in(row.community_id)
    for place, parent in enumerate(parents):
        if way := way_up(above, parent.pk, row.pk):
            detail = f"That is a circle: {' → '.join(_names([row.pk, *way]))}."
            raise CircularGroupsError(detail, errors=[Flaw(f"#/parents/{place}", detail)])
    row.parent_links.exclude(parent__in=parents).delete()
    links = {parent.pk: GroupLink(group=row, parent=parent) for parent in parents}
    GroupLink.objects.bulk_create(links.values(), ignore_conflicts=True)


def _found(row: EntityGroup, references: Sequence[int | str]) -> list[EntityGroup]:
    found = find_groups(community_id=row.community_id, references=references)
    flaws = [
        Flaw(f"#/parents/{place}", "There is no such group here.")
        for place, reference in enumerate(references)
        if reference not in found
    ]
    if flaws:
        raise InvalidGroupError("A parent is unknown.", errors=flaws)
    return [found[reference] for reference in references]


def _names(ids: Sequence[int]) -> list[str]:
    names = EntityGroup.objects.in_bulk(ids)
    return [names[each].name for each in ids]
