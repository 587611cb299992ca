"""What every platform is to the rest of the house."""

import logging
import re
from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.errors import BusyError, RefusedError, is_final
from waddlebot.platforms.roles import RoleKeeper, Seat

logger = logging.getLogger(__name__)


class Capability(StrEnum):
    """What a platform may be able to do. Each gets its method with the first who needs it."""

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
    """What became of a message. `code` is a snake_case word, `detail` a sentence for people."""

    outcome: Outcome
    code: str = ""
    detail: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Whose a token is, and what it is good for."""

    account_id: str
    account_name: str
    scopes: frozenset[str]


class Platform(RoleKeeper):
    slug: ClassVar[str]
    title: ClassVar[str]
    account_ids: ClassVar[re.Pattern[str]]
    max_text: ClassVar[int]
    server_ids: ClassVar[re.Pattern[str]]
    roles: ClassVar[re.Pattern[str]]
    roles_at_once: ClassVar[int] = 10
    """How many accounts are given or denied a role in one go."""
    takes_tokens: ClassVar[bool] = False
    """Whether a community can lend one that does more there than the bot's."""

    @abstractmethod
    def capabilities(self) -> frozenset[Capability]:
        """Return what the settings allow now."""

    @abstractmethod
    def find_account(self, name: str) -> Account | None:
        """Return None for one nobody has, and where the platform has no such look-up.

        Raises OutboundError when the platform is away or refuses the bot.
        """

    def can_change(self, seat: Seat) -> bool:
        return seat.token is not None or Capability.ROLES in self.capabilities()

    def examine_token(self, access: str) -> TokenFacts:
        """Ask the platform about a token. Raises RefusedError for one that is no good here."""
        raise RefusedError("not_supported", f"{self.title} needs no token but the bot's.")

    def renew_token(self, *, access: str, refresh: str) -> tuple[str, str]:
        """Return a new token and what renews it next; raises OutboundError."""
        raise RefusedError("unauthorized", f"{self.title} refuses the token.")

    def send_direct_message(self, *, account_id: str, text: str) -> Delivery:
        """Send once. Whatever the platform answers becomes an outcome, never an exception."""
        if Capability.DIRECT_MESSAGE not in self.capabilities():
            detail = f"{self.title} is not set up for private messages here."
            return Delivery(Outcome.NOT_SUPPORTED, "not_supported", detail)
        try:
            self._check(account_id, text)
            self._send_direct_message(account_id, text)
        except OutboundError as error:
            return self._ended(error)
        return Delivery(Outcome.SENT)

    @abstractmethod
    def _send_direct_message(self, account_id: str, text: str) -> None:
        """Send, or raise BusyError, RefusedError or another OutboundError."""

    def _check(self, account_id: str, text: str) -> None:
        if not self.account_ids.fullmatch(account_id):
            raise RefusedError("unknown_account", f"{self.title} has no such account.")
        if not text.strip():
            raise RefusedError("empty_text", "There is nothing to send.")
        if len(text) > self.max_text:
            raise RefusedError("text_too_long", f"{self.title} takes {self.max_text} characters.")

    def _ended(self, error: OutboundError) -> Delivery:
        outcome = Outcome.FAILED if is_final(error) else Outcome.RETRY
        facts = {"platform": self.slug, "outcome": outcome.value, "reason": error.code}
        logger.warning("A private message was not sent", extra=facts)
        wait_s = error.retry_after_s if isinstance(error, BusyError) else None
        return Delivery(outcome, error.code, error.text, wait_s)
