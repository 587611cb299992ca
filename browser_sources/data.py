"""What crosses the overlays' door, and what their processes tell each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypedDict
from uuid import UUID

TYPES = ("ticker", "media", "general")
ACTION_TYPES = frozenset(TYPES)
MAX_WAITING = 100
MAX_SOURCES = 50


class CloseCode:
    """Why a socket was closed by us (contract 6)."""

    BAD_MESSAGE = 4400
    ROTATED = 4401
    UNKNOWN = 4404
    TOO_MANY = 4429
    TRY_AGAIN = TOO_SLOW = 1013


class ItemState(StrEnum):
    WAITING = "waiting"
    SHOWING = "showing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of an action: one item for each source that took it."""

    ids: tuple[UUID, ...]

    @property
    def id(self) -> UUID | None:
        return self.ids[0] if self.ids else None

    @property
    def sources(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Source:
    """One overlay, without its token."""

    id: int
    community_id: int
    type: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewSource:
    """An overlay together with its URL: shown on creation, on rotation and on request."""

    source: Source
    url: str


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token opens. `valid_until` is set for one that was rotated away."""

    source_id: int
    type: str
    valid_until: datetime | None = None


class OverlayEvent(TypedDict):
    """What travels over the channel layer; `type` names the hub's method.

    queued: something waits. told: `message` goes to the pages. rotated, revoked: tokens died.
    """

    type: Literal["overlay.queued", "overlay.told", "overlay.rotated", "overlay.revoked"]
    source_id: int
    message: Mapping[str, Any] | None
    wake_at: float | None
