"""What crosses identity's door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID


class Role(IntEnum):
    """A person's place in a community; a higher one includes the lower ones. NONE: no member."""

    NONE = 0
    MEMBER = 1
    MODERATOR = 2
    ADMIN = 3
    OWNER = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Scope(StrEnum):
    """What an API key may be used for (contract 1)."""

    EVENTS_WRITE = "events:write"
    RESPONSES_WRITE = "responses:write"
    ROUTER_READ = "router:read"
    ROUTER_MANAGE = "router:manage"
    COORDINATION_WRITE = "coordination:write"
    IDENTITY_READ = "identity:read"
    IDENTITY_VERIFY = "identity:verify"
    IDENTITY_MANAGE = "identity:manage"
    LABELS_READ = "labels:read"
    LABELS_WRITE = "labels:write"
    MARKETPLACE_READ = "marketplace:read"
    MARKETPLACE_MANAGE = "marketplace:manage"
    BROWSER_WRITE = "browser:write"
    BROWSER_MANAGE = "browser:manage"
    COMMUNITY_MANAGE = "community:manage"
    ADMIN = "admin"


class KeyEnd(StrEnum):
    """Why an API key was revoked."""

    OWNER = "owner"
    STAFF = "staff"
    ROTATED = "rotated"
    LEAKED = "leaked"


@dataclass(frozen=True, slots=True)
class Person:
    """What the rest of the bot may know about somebody."""

    id: int
    public_id: str
    name: str
    is_staged: bool
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """A platform account that was seen, and the names it had."""

    platform: str
    platform_user_id: str
    user_name: str
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody earned in a community. `rank` is None far down, or without points."""

    points: int
    rank: int | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place on the leaderboard."""

    user_id: int
    public_id: str
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class NamedHere:
    """Somebody a community has seen, by what they go by where it was asked.

    `account` says the same for sure: `twitch:42`.
    """

    user_id: int
    name: str
    account: str


DEFAULT_POINTS: Mapping[str, int] = {
    "chatMessage": 5,
    "slashCommand": 5,
    "subscription": 50,
    "resub": 50,
    "subgift": 50,
    "follow": 10,
    "donation": 20,
    "cheer": 1,  # for each bit
    "raid": 30,
    "host": 10,
    "reaction": 1,
    "member_join": 0,
    "member_leave": 0,
    "voice_join": 0,
    "voice_leave": 0,
    "voice_time": 0,
    "boost": 50,
    "ban": -50,
    "kick": -20,
    "timeout": -10,
    "warn": -5,
    "file_share": 0,
    "app_mention": 0,
    "channel_join": 0,
    "stream_online": 0,
    "stream_offline": 0,
}
"""What an event of each message type earns whom it is about, unless a community says otherwise."""


CHAT_TYPES = frozenset({"chatMessage", "slashCommand"})
"""What counts as a message somebody wrote."""
SUBSCRIBING = frozenset({"subscription", "resub"})
"""Whom these are about is a subscriber. A `subgift` is about who gave it: whoever got it is told
of by a `subscription`, and by the role beside their name."""
SUBSCRIBER_ROLES = frozenset({"subscriber", "founder"})
SIGNS = (
    CHAT_TYPES
    | SUBSCRIBING
    | {
        "subgift", "follow", "donation", "cheer", "raid", "host", "reaction", "voice_join",
        "voice_time", "boost", "file_share", "app_mention",
    }
)  # fmt: skip
"""What somebody only does who is there. Others do a `ban` to them, and nobody an `adjusted`."""
STREAM_TYPES = frozenset({"stream_online", "stream_offline"})
COUNTED = SIGNS | STREAM_TYPES
"""What is counted though it may earn nothing."""


class FactUnit(StrEnum):
    """What the value of a fact counts or names."""

    MESSAGES = "messages"
    POINTS = "points"
    DAYS = "days"
    STREAMS = "streams"
    ROLE = "role"
    YES_OR_NO = "yes_or_no"


@dataclass(frozen=True, slots=True)
class FactKind:
    """Something that is known of everybody a community has seen.

    `most_days`: it may be asked of so many last days, today among them; without it of none.
    `days` is of how many when nobody says. `ages`: it changes though nothing happens.
    """

    unit: FactUnit
    description: str
    most_days: int = 0
    days: int | None = None
    ages: bool = False


MEMBER_FACTS: Mapping[str, FactKind] = {
    "messages": FactKind(FactUnit.MESSAGES, "Chat lines and slash commands here.", 366),
    "reputation": FactKind(FactUnit.POINTS, "Points here; of some days, those earned then.", 366),
    "active_days": FactKind(
        FactUnit.DAYS, "Days on which they wrote or did something here.", 366, days=30
    ),
    "account_age_days": FactKind(
        FactUnit.DAYS, "Days since WaddleBot first saw them, anywhere.", ages=True
    ),
    "member_days": FactKind(
        FactUnit.DAYS, "Days since they joined, or were first seen here.", ages=True
    ),
    "subscribed": FactKind(
        FactUnit.YES_OR_NO,
        "Seen here as a subscriber, by their role on a platform or a subscription.",
        366,
        days=31,
    ),
    "watch_streak": FactKind(
        FactUnit.STREAMS,
        "Streams in a row, up to the last, that they did something in.",
        ages=True,
    ),
    "role": FactKind(FactUnit.ROLE, "Their role here: none, member, moderator, admin, owner."),
}


@dataclass(frozen=True, slots=True)
class MemberFact:
    """One fact to ask: `days` of so many last ones, None of all there were.

    `most` is as far as a streak is counted: what is beyond it makes no difference.
    """

    name: str
    days: int | None = None
    most: int = 1000


@dataclass(frozen=True, slots=True)
class Tenant:
    """A community, as the other apps see it."""

    id: int
    slug: str
    name: str
    require_owner_mfa: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """Who is asking, and what this credential lets them do: an API key, or a session.

    `scopes` are those of the key; what its owner may no longer do is taken off at use.
    `community_id` and `platform` bind a key; None binds nothing.
    """

    kind: str  # "key" or "session"
    user_id: int
    is_staff: bool
    scopes: frozenset[str]
    key_id: str = ""
    community_id: int | None = None
    platform: str | None = None
    requests_per_minute: int = 6000


MIN_ROLE: Mapping[str, Role] = {
    **{str(scope): Role.ADMIN for scope in Scope},
    **{str(scope): Role.MEMBER for scope in Scope if scope.endswith(":read")},
    Scope.BROWSER_WRITE: Role.MODERATOR,
    # Beyond that, labels themselves say who may do what to which label.
    Scope.LABELS_WRITE: Role.MEMBER,
}
"""The least a credential's owner must be in a community to use a scope there."""

SOON = timedelta(days=7)
"""How long before its end a key is said to expire soon."""

COLLECTOR_SCOPES = frozenset(
    {
        Scope.EVENTS_WRITE,
        Scope.RESPONSES_WRITE,
        Scope.COORDINATION_WRITE,
        Scope.IDENTITY_VERIFY,
    }
)
"""What collectors do. A key bound to no community may do these only for a staff owner."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `full` is shown once and kept nowhere."""

    id: int
    key_id: str
    full: str


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be told about an API key: all but its secret."""

    id: int
    key_id: str
    name: str
    user_id: int
    community_id: int | None
    platform: str
    scopes: tuple[str, ...]
    allowed_ips: tuple[str, ...]
    requests_per_minute: int
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip: str | None
    revoked_at: datetime | None
    revoked_because: str
    replaced_by: int | None

    def expires_soon(self, now: datetime) -> bool:
        return self.state(now) == "active" and self.expires_at <= now + SOON

    def state(self, now: datetime) -> str:
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= now:
            return "expired"
        return "rotated" if self.replaced_by is not None else "active"


@dataclass(frozen=True, slots=True)
class ChatAccount:
    """An account as its platform tells of it, when something is typed from there."""

    platform: str
    platform_user_id: str
    user_name: str
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """A platform account of somebody's, and the names it goes by."""

    id: int
    platform: str
    user_name: str
    name: str


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code that was sent to an account, and what became of it."""

    platform: str
    user_name: str
    delivery: str
    detail: str


@dataclass(frozen=True, slots=True)
class LinkStep:
    """How far linking an account has come.

    `state` is `confirming`, `verified`, or `cancelled` when the account is somebody else's;
    `account` names the WaddleBot account that it is linked to.
    """

    link_id: UUID
    state: str
    account: str
    platform: str
    already: bool = False

    @property
    def reply(self) -> str:
        """Return what is said to whoever typed."""
        if self.state == "confirming":
            return (
                f"Shall this {self.platform} account belong to the WaddleBot account "
                f"{self.account}? If you asked for that yourself, type !confirm within 10 minutes."
            )
        if self.state == "verified":
            done = "belongs already" if self.already else "belongs now"
            return f"Your {self.platform} account {done} to the WaddleBot account {self.account}."
        return (
            f"Your {self.platform} account belongs to another WaddleBot account. "
            f"If {self.account} is yours too, merge the two there."
        )
