"""Which actions the platform connector carries, and those it is given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from core_router.data import Action
from core_router.engines.splitting import as_long_as_taken
from core_router.models import OutgoingAction
from core_router.operations.outgoing_lanes import wake_lanes
from core_router.operations.workspace_tokens import WorkspaceToken
from core_router.queries.connections import workspace_of
from core_router.queries.entities import entity_of_event
from waddlebot.platforms import Capability, Platform, platform

# Moderation and roles go before private messages, and those before lines in chat.
RANKS: Final = {"moderate": 0, "role": 0, "direct_message": 1, "chat": 2}
NEEDS: Final = {
    "moderate": Capability.MODERATE,
    "role": Capability.ROLES,
    "direct_message": Capability.DIRECT_MESSAGE,
    "chat": Capability.CHAT,
}
WITH_WORKSPACES: Final = "slack"
OF_A_WORKSPACE: Final = frozenset({
    Capability.CHAT, Capability.DIRECT_MESSAGE, Capability.MODERATE,
})  # fmt: skip
NOTHING: Final[frozenset[Capability]] = frozenset()
# A line nobody has said for so long is no answer any more.
LIVES: Final = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Parcel:
    """The actions of one execution. `author` is whom an ephemeral answer is for, if known."""

    community_id: int
    entity: str
    execution_id: UUID
    actions: Sequence[Action]
    author: str = ""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A platform, what can be done there, and the token that a workspace has of its own."""

    platform: Platform
    can: frozenset[Capability]
    token: WorkspaceToken | None = None


def carrier_of(entity: str, community_id: int) -> Carrier | None:
    """Return who does what is to be done at a place of this community.

    Only where the place is proven: else anybody could claim a channel and have the bot speak.
    """
    found = platform(entity.partition("+")[0])
    if found is None:
        return None
    own = workspace_of(entity) if found.slug == WITH_WORKSPACES else None
    can = found.capabilities() or (OF_A_WORKSPACE if own else NOTHING)
    place = entity_of_event(entity) if can else None
    if place is None or not place.is_proven or place.community_id != community_id:
        return None
    return Carrier(found, can, WorkspaceToken(own.connection_id, own.account_id) if own else None)


def hand_over(parcels: Iterable[Parcel], *, now: datetime) -> list[Sequence[Action]]:
    """Give the connector what it can carry, in the caller's transaction.

    Return the actions of each parcel, those it was given marked as handled.
    """
    rows: list[OutgoingAction] = []
    told = [_taken(parcel, rows, now) for parcel in parcels]
    if rows:
        OutgoingAction.objects.bulk_create(rows)
        lanes = {(row.entity, row.rank) for row in rows}
        transaction.on_commit(partial(wake_lanes, lanes, now=now))
    return told


def _taken(parcel: Parcel, rows: list[OutgoingAction], now: datetime) -> Sequence[Action]:
    carrier = carrier_of(parcel.entity, parcel.community_id)
    if carrier is None:
        return parcel.actions
    told = []
    for action in parcel.actions:
        sent = None if action.get("handled") else _as_sent(action, carrier, parcel.author)
        if sent is not None:
            parts = as_long_as_taken([sent], carrier.platform.slug)
            rows += [_row(parcel, part, now) for part in parts]
        told.append(action if sent is None else {**action, "handled": True})
    return told


def _as_sent(action: Action, carrier: Carrier, author: str) -> Action | None:
    """Return what is to be sent for an action; None for what is the collector's."""
    kind = action["type"]
    if kind == "chat" and action.get("ephemeral"):
        # What only one may see is written to that one.
        if not author:
            return None
        action = {"type": "direct_message", "user_id": author, "text": action["text"]}
        kind = "direct_message"
    if kind not in NEEDS or NEEDS[kind] not in carrier.can:
        return None
    if kind == "moderate" and action["action"] not in carrier.platform.deeds:
        return None
    return {name: value for name, value in action.items() if name != "handled"}


def _row(parcel: Parcel, action: Action, now: datetime) -> OutgoingAction:
    rank = RANKS[action["type"]]
    return OutgoingAction(
        community_id=parcel.community_id,
        entity=parcel.entity,
        execution_id=parcel.execution_id,
        action=dict(action),
        created_at=now,
        expires_at=now + LIVES[rank],
        carrier="connector",
        rank=rank,
    )
