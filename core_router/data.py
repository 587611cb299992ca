"""What crosses the router's door and runs through its pipeline."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from labels.data import ANYBODY, Requirement

CHAT_TYPES = frozenset({"chatMessage", "slashCommand"})
MESSAGE_TYPES = CHAT_TYPES | {
    "subscription", "resub", "subgift", "follow", "donation", "cheer", "raid", "host", "reaction",
    "member_join", "member_leave", "voice_join", "voice_leave", "voice_time", "boost", "ban",
    "kick", "timeout", "warn", "file_share", "app_mention", "channel_join", "stream_online",
    "stream_offline",
}  # fmt: skip

Action = Mapping[str, Any]
"""One thing to do, as contract 2 lists them: `{"type": "chat", "text": …}`."""


def normal_word(text: str) -> str:
    """Return a command word as it is compared: `!Hug` is `!hug`, and ❤️ is ❤."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFC", text).casefold().replace("\ufe0f", "")
    return unicodedata.normalize("NFC", folded)


class Outcome(StrEnum):
    """What happened to an event (contract 2)."""

    EXECUTED = "executed"
    MODERATED = "moderated"
    DELIVERED = "delivered"
    IGNORED = "ignored"
    UNKNOWN_COMMAND = "unknown_command"
    DENIED = "denied"
    LIMITED = "limited"
    FAILED = "failed"
    PENDING = "pending"
    DUPLICATE = "duplicate"
    UNKNOWN_ENTITY = "unknown_entity"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened where people chat, checked and whole."""

    platform: str
    server_id: str
    user_id: str
    user_name: str
    message_type: str
    event_id: str = ""
    channel_id: str = ""
    display_name: str = ""
    user_roles: tuple[str, ...] = ()
    message_content: str = ""
    message_id: str = ""
    occurred_at: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def entity(self) -> str:
        parts = (self.platform, self.server_id, self.channel_id)
        return "+".join(parts if self.channel_id else parts[:2])


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an event was denied, limited or failed."""

    code: str
    detail: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One check: whether it let the event pass, what it saw, and what would have let it pass."""

    step: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` uses in `window_s` seconds; a cooldown is a limit of one.

    `is_shared`: it counts the uses of all commands together, except by whoever is exempt.
    """

    count: int
    window_s: float
    scope: str  # user, channel, command; shared ones: user, channel, community
    is_shared: bool = False
    exempt: Requirement = ANYBODY


class EngineType(StrEnum):
    """Who can answer outside this process."""

    CONTAINER = "container"
    WEBHOOK = "webhook"
    LAMBDA = "lambda"
    OPENWHISK = "openwhisk"


BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class EngineRef:
    """One engine of one community, ready to be called. `target`: URL, function or action.

    `sealed` are its secrets, the newest first; `core_router.engines.secrets` opens them.
    """

    id: int
    type: EngineType
    target: str
    timeout_s: float = 5
    options: Mapping[str, Any] = field(default_factory=dict)
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class EngineWish:
    """All that can be said of an engine. Without a `secret` the one it has stays.

    A new secret takes over at once; what was there counts for `overlap_s` seconds more.
    """

    type: EngineType
    target: str
    timeout_s: float = 5
    options: Mapping[str, Any] = field(default_factory=dict)
    secret: str | None = field(default=None, repr=False)
    overlap_s: int = 24 * 3600


TIMES_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000)
"""The bounds between which durations are counted, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Used:
    """How often one command ended on one day, since the last time this was told."""

    community_id: int
    day: date
    command_id: int
    command: str
    engine: str
    module: str
    version: str
    calls: int
    errors: int
    total_ms: float


@dataclass(frozen=True, slots=True)
class Command:
    """A command of one community, ready to run."""

    id: int
    prefix: str
    name: str
    aliases: tuple[str, ...]
    description: str
    enabled: bool
    requires: Requirement
    limits: tuple[Limit, ...]
    response: str = ""
    module: str = ""
    engine: EngineRef | None = None
    platforms: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EntityRef:
    """Whose an entity is, and whether its owner said so."""

    community_id: int
    is_proven: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A moderation rule of one community; `id` is 0 while it is only tried out."""

    id: int
    name: str
    pattern: str
    match: str  # exact, contains, word, wildcard, regex
    severity: int
    actions: tuple[Action, ...] = ()
    allow: tuple[str, ...] = ()
    exempt: Requirement = ANYBODY
    entities: frozenset[str] = frozenset()
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched, and where: spans of the text as it was sent, in characters."""

    rule: Rule
    spans: tuple[tuple[int, int], ...]
