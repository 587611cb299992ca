"""What a label implies. Circles are refused while nobody else changes this community's labels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db.models import Q

from labels.data import Kind
from labels.models import Label, LabelParent
from labels.operations.labels.wishes import InvalidLabelError
from labels.queries.labels import find_labels
from labels.queries.ways import way_up
from waddlebot.lib.errors import Flaw


class CircularParentsError(InvalidLabelError):
    code = "circular_parents"


def set_parents(row: Label, references: Sequence[int | str]) -> None:
    """Let a label imply these, and no others."""
    parents = _found(row, references)
    above = _parents_of_all(row.community_id)
    for place, parent in enumerate(parents):
        if way := way_up(above, parent.pk, row.pk):
            detail = f"That is a circle: {' → '.join(_names([row.pk, *way]))}."
            raise CircularParentsError(detail, errors=[Flaw(f"#/parents/{place}", detail)])
    row.parent_links.exclude(parent__in=parents).delete()
    links = {parent.pk: LabelParent(label=row, parent=parent) for parent in parents}
    LabelParent.objects.bulk_create(links.values(), ignore_conflicts=True)


def _found(row: Label, references: Sequence[int | str]) -> list[Label]:
    found = find_labels(community_id=row.community_id, kind=Kind(row.kind), references=references)
    flaws = [
        Flaw(f"#/parents/{place}", "There is no such label of this kind here.")
        for place, reference in enumerate(references)
        if reference not in found
    ]
    if flaws:
        raise InvalidLabelError("A parent is unknown.", errors=flaws)
    return [found[reference] for reference in references]


def _parents_of_all(community_id: int | None) -> Mapping[int, list[int]]:
    links = LabelParent.objects.filter(Q(label__community=community_id))
    above: dict[int, list[int]] = defaultdict(list)
    for label_id, parent_id in links.values_list("label_id", "parent_id"):
        above[label_id].append(parent_id)
    return above


def _names(ids: Sequence[int]) -> list[str]:
    names = Label.objects.in_bulk(ids)
    return [names[each].name for each in ids]
