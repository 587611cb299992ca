"""Whose a place is, in memory."""

from django.db.models import QuerySet

from core_router.data import EntityRef
from core_router.models import Entity
from waddlebot.lib.cache import LocalCache


def entity(key: str) -> EntityRef | None:
    """Return who has claimed `platform+server[+channel]`, or None."""
    return _entities.get(key)


def entity_of_event(key: str) -> EntityRef | None:
    """Return whose a place is. A server that is proven brings its channels along.

    Whoever has only claimed one of those gives way; who has proven it does not.
    """
    found = entity(key)
    platform, _, rest = key.partition("+")
    server, _, channel = rest.partition("+")
    if not channel or (found is not None and found.is_proven):
        return found
    whole = entity(f"{platform}+{server}")
    return whole if whole is not None and whole.is_proven else found


def entities_of(community_id: int) -> list[str]:
    """Return the keys of the places a community has claimed."""
    rows = Entity.objects.filter(community_id=community_id).order_by("platform", "id")
    return [row.key for row in rows]


def entity_rows(community_id: int) -> QuerySet[Entity]:
    return Entity.objects.filter(community_id=community_id).select_related("lease")


def has_proven(*, community_id: int, platform: str, server_id: str) -> bool:
    """Tell whether a community has proven a server; a channel of it does where nobody else has."""
    rows = Entity.objects.filter(platform=platform, server_id=server_id, is_proven=True)
    owners = dict(rows.values_list("channel_id", "community_id"))
    if "" in owners:
        return owners[""] == community_id
    return set(owners.values()) == {community_id}


def load_entity(key: str) -> EntityRef | None:
    platform, server, channel = (*key.split("+", 2), "", "")[:3]
    # Nobody can claim a place with a control character in its name, so do not ask for one.
    if not key.isprintable() or "+" in channel or key.endswith("+"):
        return None
    found = Entity.objects.filter(platform=platform, server_id=server, channel_id=channel)
    row = found.values_list("community_id", "is_proven").first()
    return EntityRef(*row) if row else None


_entities = LocalCache("entities", load_entity, size=50_000)
