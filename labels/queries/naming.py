"""The objects that labels go on, by the names that people use for them."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from django.db.models import Q

from identity import api as identity
from labels.data import Kind
from labels.models import EntityGroup

MODULE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
LONGEST_ID: Final = 18

Named = Mapping[str, int | str]


def objects_named(kind: Kind, community_id: int | None, references: Collection[str]) -> Named:
    """Return the objects that are there, as assignments know them; the others are left out.

    A person goes by their public id or an account (`twitch:42`), a community by its id or slug,
    an entity group by its id or name, a module by its slug. A community labels itself; for the
    system's labels, which have none, every community counts, and everybody.
    """
    return FIND[kind](community_id, references)


def _people(community_id: int | None, references: Collection[str]) -> Named:
    return identity.find_people(community_id=community_id, references=references)


def _communities(community_id: int | None, references: Collection[str]) -> Named:
    if community_id is None:
        found = {each: identity.tenant(each) for each in references}
        return {name: str(place.id) for name, place in found.items() if place}
    own = identity.tenant_by_id(community_id)
    names = {str(own.id), own.slug} if own else set()
    return {each: str(community_id) for each in references if each in names}


def _modules(_: int | None, references: Collection[str]) -> Named:
    return {each: each for each in references if MODULE.fullmatch(each)}


def _groups(community_id: int | None, references: Collection[str]) -> Named:
    if community_id is None:
        return {}
    ids = {int(each) for each in references if each.isdecimal() and len(each) <= LONGEST_ID}
    groups = EntityGroup.objects.filter(community_id=community_id)
    rows = groups.filter(Q(pk__in=ids) | Q(name__in=list(references))).values_list("pk", "name")
    by_id = {str(pk): str(pk) for pk, _ in rows}
    by_name = {name: str(pk) for pk, name in rows}
    found = by_id | by_name
    return {each: found[each] for each in references if each in found}


FIND: Final[Mapping[Kind, Callable[[int | None, Collection[str]], Named]]] = {
    Kind.USER: _people,
    Kind.COMMUNITY: _communities,
    Kind.MODULE: _modules,
    Kind.ENTITY_GROUP: _groups,
}
