"""What differs from one kind of object to another: where their labels are, and their names."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from identity import api as identity
from labels.data import Kind
from labels.models import EntityGroup, ObjectLabel, UserLabel

Key = Any
"""Of a person an id, of anything else a name."""
Rows = QuerySet[Any]
NOBODY: Final = Q(pk__in=[])


def counts_at(now: datetime) -> Q:
    """Return what holds for assignments that count at this moment."""
    begun = Q(valid_from=None) | Q(valid_from__lte=now)
    return begun & (Q(valid_until=None) | Q(valid_until__gt=now)) & Q(ended_at=None)


def holders_at(kind: Kind, now: datetime) -> tuple[Rows, str]:
    """Return what is pinned on objects of a kind and counts, and the column that names them."""
    if kind is Kind.USER:
        return UserLabel.objects.filter(counts_at(now)), "user_id"
    return ObjectLabel.objects.filter(counts_at(now), kind=kind), "object_id"


def _ids_of_groups(community_id: int, text: str = "") -> Rows:
    groups = EntityGroup.objects.filter(community=community_id, name__icontains=text)
    return groups.values_list(Cast("pk", TextField()))


def _community_named(community_id: int, text: str) -> Q:
    place = identity.tenant_by_id(community_id)
    names = (place.name, place.slug) if place else ()
    is_it = any(text.casefold() in name.casefold() for name in names)
    return Q(object_id=community_id) if is_it else NOBODY


# Which holders of the system's labels a community is told of: its own.
HERE: Final[Mapping[Kind, Callable[[int], Q]]] = {
    Kind.USER: lambda place: Q(user_id__in=identity.people_of(place)),
    Kind.COMMUNITY: lambda place: Q(object_id=place),
    Kind.MODULE: lambda _: Q(),
    Kind.ENTITY_GROUP: lambda place: Q(object_id__in=_ids_of_groups(place)),
}
# Which objects have a text in their names; people are too many to be asked so.
NAMED: Final[Mapping[Kind, Callable[[int, str], Q]]] = {
    Kind.COMMUNITY: _community_named,
    Kind.MODULE: lambda _, text: Q(object_id__icontains=text),
    Kind.ENTITY_GROUP: lambda place, text: Q(object_id__in=_ids_of_groups(place, text)),
}

Named = Mapping[Key, tuple[str, str]]
"""For each that is still there its id and its name, as they are answered."""


def _people(_: int, keys: Sequence[int]) -> Named:
    people = identity.people_named(keys)
    return {key: (person["id"], person["name"]) for key, person in people.items()}


def _communities(community_id: int, keys: Sequence[str]) -> Named:
    place = identity.tenant_by_id(community_id)
    return {key: (key, place.name if place else key) for key in keys}


def _groups(community_id: int, keys: Sequence[str]) -> Named:
    groups = EntityGroup.objects.filter(community=community_id, pk__in=map(int, keys))
    return {str(pk): (str(pk), name) for pk, name in groups.values_list("pk", "name")}


NAMES: Final[Mapping[Kind, Callable[[int, Sequence[Key]], Named]]] = {
    Kind.USER: _people,
    Kind.COMMUNITY: _communities,
    Kind.MODULE: lambda _, keys: {key: (key, key) for key in keys},
    Kind.ENTITY_GROUP: _groups,
}
