"""What every platform is to the rest of the house."""

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from waddlebot.platforms.errors import RefusedError
from waddlebot.platforms.outcomes import Capability
from waddlebot.platforms.roles import RoleKeeper, Seat
from waddlebot.platforms.speaking import Speaker


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


class Platform(Speaker, RoleKeeper):
    server_ids: ClassVar[re.Pattern[str]]
    roles: ClassVar[re.Pattern[str]]
    roles_at_once: ClassVar[int] = 10
    """How many accounts are given or denied a role in one go."""
    takes_tokens: ClassVar[bool] = False
    """Whether a community can lend one that does more there than the bot's."""

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
