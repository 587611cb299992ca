"""What is said and done where people chat: lines, private messages, and moderation."""

import logging
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.errors import BusyError, FaultyError, RefusedError, is_final
from waddlebot.platforms.outcomes import Capability, Delivery, Outcome
from waddlebot.platforms.roles import Token

logger = logging.getLogger(__name__)

DEFAULT_TIMEOUT_S: Final = 600
WARNING: Final = "Warning from a moderator"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where people chat. `token` is what the place has given us; without it the bot's serves."""

    server_id: str
    channel_id: str = ""
    token: Token | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """`key` names this line: a platform that can, takes it once however often it is sent."""

    text: str
    reply_to: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """A contract's action of the type `moderate`. No `seconds` are ten minutes."""

    action: str
    account_id: str
    message_id: str = ""
    seconds: int = DEFAULT_TIMEOUT_S
    reason: str = ""


class Speaker(ABC):
    """The part of a platform that speaks. What it answers is an outcome, never an exception."""

    slug: ClassVar[str]
    title: ClassVar[str]
    account_ids: ClassVar[re.Pattern[str]]
    max_text: ClassVar[int]
    message_ids: ClassVar[re.Pattern[str]]
    deeds: ClassVar[frozenset[str]]
    """What of `moderate` there is on this platform."""

    @abstractmethod
    def capabilities(self) -> frozenset[Capability]:
        """Return what the settings allow now."""

    def send_chat(self, spot: Spot, line: Line) -> Delivery:
        """Say it there once."""

        def say() -> None:
            self._check_text(line.text)
            if line.reply_to and not self.message_ids.fullmatch(line.reply_to):
                raise RefusedError("unknown_message", f"{self.title} has no such message.")
            self._send_chat(spot, line)

        return self._tried(Capability.CHAT, say, has_token=spot.token is not None)

    def send_direct_message(
        self, *, account_id: str, text: str, token: Token | None = None
    ) -> Delivery:
        """Send it once. `token` is the one of the place it comes from, if that has its own."""

        def write() -> None:
            self._check_account(account_id)
            self._check_text(text)
            self._send_direct_message(account_id, text, token)

        return self._tried(Capability.DIRECT_MESSAGE, write, has_token=token is not None)

    def moderate(self, spot: Spot, deed: Deed) -> Delivery:
        """Do it, or see that it was so before."""

        def act() -> None:
            if deed.action not in self.deeds:
                raise RefusedError("not_supported", f"{self.title} has no {deed.action}.")
            if deed.action != "delete":
                self._check_account(deed.account_id)
            elif not self.message_ids.fullmatch(deed.message_id):
                raise RefusedError("unknown_message", f"{self.title} has no such message.")
            self._moderate(spot, deed)

        return self._tried(Capability.MODERATE, act, has_token=spot.token is not None)

    @abstractmethod
    def _send_chat(self, spot: Spot, line: Line) -> None:
        """Say it, or raise BusyError, RefusedError or another OutboundError."""

    @abstractmethod
    def _send_direct_message(self, account_id: str, text: str, token: Token | None) -> None: ...
    @abstractmethod
    def _moderate(self, spot: Spot, deed: Deed) -> None: ...

    def _tried(
        self, capability: Capability, attempt: Callable[[], None], *, has_token: bool
    ) -> Delivery:
        if not has_token and capability not in self.capabilities():
            detail = f"{self.title} is not set up for this here."
            return Delivery(Outcome.NOT_SUPPORTED, "not_supported", detail)
        try:
            attempt()
        except OutboundError as error:
            return self._ended(capability, error)
        return Delivery(Outcome.SENT)

    def _ended(self, capability: Capability, error: OutboundError) -> Delivery:
        outcome = Outcome.FAILED if is_final(error) else Outcome.RETRY
        is_limited = isinstance(error, BusyError) and not isinstance(error, FaultyError)
        if not is_limited:  # That it has to wait is no news.
            facts = {"platform": self.slug, "kind": capability.value, "reason": error.code}
            logger.warning("A platform did not do it", extra={**facts, "outcome": outcome.value})
        wait_s = error.retry_after_s if isinstance(error, BusyError) else None
        return Delivery(outcome, error.code, error.text, wait_s, is_limited)

    def _check_account(self, account_id: str) -> None:
        if not self.account_ids.fullmatch(account_id):
            raise RefusedError("unknown_account", f"{self.title} has no such account.")

    def _check_text(self, text: str) -> None:
        if not text.strip():
            raise RefusedError("empty_text", "There is nothing to send.")
        if len(text) > self.max_text:
            raise RefusedError("text_too_long", f"{self.title} takes {self.max_text} characters.")


def warning_of(deed: Deed) -> str:
    """Return what somebody is told in private where the platform has no warnings of its own."""
    return f"{WARNING}: {deed.reason}" if deed.reason else f"{WARNING}."
