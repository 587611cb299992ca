"""Claiming the places where a community chats."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from core_router.models import CollectorLease, Entity
from identity import api as identity
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import ConflictError, NotFoundError
from waddlebot.lib.places import InvalidEntityError, Place, checked_place, place_of

MOST_ENTITIES: Final = 1000


class EntityTakenError(ConflictError):
    code = "entity_taken"


class TooManyEntitiesError(ConflictError):
    code = "too_many_entities"


@dataclass(frozen=True, slots=True)
class Claim:
    place: Place
    is_proven: bool
    is_new: bool
    created_at: datetime
    priority: int


def claim_entity(  # noqa: PLR0913
    *,
    community_id: int,
    platform: str,
    server_id: str,
    channel_id: str = "",
    proven: bool = False,
    priority: int | None = None,
    actor: str = "system",
    now: datetime,
) -> Claim:
    """Claim a place, or prove a claim. First come holds it, until somebody proves it is theirs.

    Collectors take the places with a low `priority` first; without one it stays as it is.
    """
    place = checked_place(Place(platform, server_id, channel_id))
    with transaction.atomic():
        row, is_new = _locked_row(place, community_id, proven=proven, now=now)
        was_theirs = row.community_id != community_id
        if was_theirs:
            if row.is_proven or not proven:
                raise EntityTakenError("Another community has this place.")
            _tell("entity.lost", place, row.community_id, actor, now, before="claimed")
        if is_new or was_theirs or proven > row.is_proven:
            before = "" if is_new or was_theirs else "claimed"
            row.community_id, row.is_proven = community_id, proven or row.is_proven
            row.save(update_fields=["community", "is_proven"])
            announce("entities", place.key)
            after = "proven" if proven else "claimed"
            _tell(f"entity.{after}", place, community_id, actor, now, before, after)
        first = _prioritise(row, priority, actor, now)
    return Claim(place, row.is_proven, is_new or was_theirs, row.created_at, first)


def release_entity(*, community_id: int, key: str, actor: str, now: datetime) -> None:
    with transaction.atomic():
        row = entity_row(community_id=community_id, key=key)
        row.delete()
        announce("entities", row.key)
        state = "proven" if row.is_proven else "claimed"
        _tell("entity.released", place_of(row.key), community_id, actor, now, before=state)


def entity_row(*, community_id: int, key: str) -> Entity:
    """Return a place of this community. Raises NotFoundError: unknown, or not yours."""
    try:
        place = place_of(key)
    except InvalidEntityError:
        raise NotFoundError from None
    row = Entity.objects.filter(community_id=community_id, **_columns(place)).first()
    if row is None:
        raise NotFoundError
    return row


def _locked_row(
    place: Place, community_id: int, *, proven: bool, now: datetime
) -> tuple[Entity, bool]:
    """Return whoever's row it is; of many who claim at once, the database lets one be first."""
    mine = Entity.objects.filter(community_id=community_id)
    if not mine.filter(**_columns(place)).exists() and mine.count() >= MOST_ENTITIES:
        raise TooManyEntitiesError(f"A community has at most {MOST_ENTITIES} entities.")
    return Entity.objects.select_for_update().get_or_create(
        **_columns(place),
        defaults={"community_id": community_id, "is_proven": proven, "created_at": now},
    )


def _prioritise(row: Entity, priority: int | None, actor: str, now: datetime) -> int:
    lease = CollectorLease.objects.select_for_update().get(entity=row)
    before = lease.priority
    if priority is not None and priority != before:
        lease.priority = priority
        lease.save(update_fields=["priority"])
        place = place_of(row.key)
        _tell("entity.prioritised", place, row.community_id, actor, now, before, priority)
    return lease.priority


def _columns(place: Place) -> dict[str, str]:
    return {
        "platform": place.platform,
        "server_id": place.server_id,
        "channel_id": place.channel_id,
    }


def _tell(  # noqa: PLR0913, PLR0917
    action: str,
    place: Place,
    community_id: int,
    actor: str,
    now: datetime,
    before: str | int = "",
    after: str | int = "",
) -> None:
    identity.record(
        category="audit",
        action=action,
        actor=actor,
        community_id=community_id,
        target=f"entity:{place.key}",
        details={"before": before, "after": after},
        now=now,
    )
