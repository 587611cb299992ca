"""What a platform may be able to do, and what became of something it was asked."""

from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """Each gets its method with the first who needs it."""

    CHAT = "chat"
    DIRECT_MESSAGE = "direct_message"
    MODERATE = "moderate"
    ROLES = "roles"
    WEBHOOK = "webhook"


class Outcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    RETRY = "retry"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message or a deed. `code` is a snake_case word, `detail` for people.

    `is_limited`: it was not tried, since somebody counts how often it may be.
    """

    outcome: Outcome
    code: str = ""
    detail: str = ""
    retry_after_s: float | None = None
    is_limited: bool = False
