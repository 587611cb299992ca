"""Who the actors of the AAA log are, for those who may know: `user:5`, `key:…`, `system`."""

from collections.abc import Collection, Mapping
from typing import Any

from identity.models import ApiKey, User

Named = Mapping[str, Any]


def actors_named(actors: Collection[str]) -> dict[str, Named]:
    """Return each as `{"kind", "id", "name"}`: people by public id, keys as their owners.

    Nobody is called by a login name, which is nobody's business; numbers of people stay inside.
    """
    keys = ApiKey.objects.filter(key_id__in=_ids(actors, "key")).values_list("key_id", "user_id")
    owners = dict(keys)
    people = people_named({*(int(each) for each in _ids(actors, "user")), *owners.values()})
    named: dict[str, Named] = {}
    for actor in actors:
        kind, _, key = actor.partition(":")
        owner = owners.get(key) if kind == "key" else None
        if kind == "user":
            named[actor] = {"kind": kind, **people.get(int(key), {"id": None, "name": ""})}
        elif owner is not None:
            named[actor] = {"kind": kind, "id": key, "name": people[owner]["name"]}
        else:
            named[actor] = {"kind": kind, "id": None if kind == "merge" else key, "name": ""}
    return named


def people_named(user_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Return the public id of people, and what they are called."""
    known = User.objects.filter(pk__in=user_ids).values_list("pk", "public_id", "display_name")
    return {pk: {"id": public_id, "name": name or "somebody"} for pk, public_id, name in known}


def _ids(actors: Collection[str], kind: str) -> list[str]:
    parts = (actor.partition(":") for actor in actors)
    return [key for named, _, key in parts if named == kind and (kind != "user" or key.isdigit())]
