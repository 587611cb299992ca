"""What the platforms' own webhooks bring: who sent it, when, and what it says.

Each platform has a `<platform>_hooks.py` that checks a request and returns one of the classes
below, or None for what nobody here has a use for. An event is a mapping as contract 2 has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from waddlebot.lib.errors import DomainError, NotFoundError

Event = Mapping[str, Any]


class BadSignatureError(DomainError):
    """Not sent by the platform, changed on the way, or sent long ago."""

    code = "bad_signature"
    status = 401

    def __init__(self) -> None:
        super().__init__("The signature does not fit the body, or is too old.")


class NotSetUpError(NotFoundError):
    """Without its key nobody can say who sent something."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """To be sent back as it is: the platform wants to see that this address is ours."""

    text: str


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened where people chat. Nobody waits for what we say to it."""

    event: Event


@dataclass(frozen=True, slots=True)
class Private:
    """Somebody has written to the bot alone. `words` are what, without a `!` before them."""

    account: Event
    words: tuple[str, ...]
    event_id: str
    """The same when the platform sends it again."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """The platform sends no more of a kind of event. `what` and `why` are its own words."""

    what: str
    why: str


Heard = Challenge | Happened | Private | Revoked


def demand_fresh(sent_at: datetime, now: datetime, *, window_s: float) -> None:
    """Raise BadSignatureError for what was sent too long ago, or will be sent in the future."""
    if abs((now - sent_at).total_seconds()) > window_s:
        raise BadSignatureError


def time_in(text: str) -> datetime:
    """Read an RFC 3339 time, to the microsecond. Raises BadSignatureError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadSignatureError from None
    if found.tzinfo is None:
        raise BadSignatureError
    return found


def without_nothing(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known, for an event's metadata."""
    return {name: value for name, value in facts.items() if value is not None}
