"""Roles people have on a server: given, taken, and asked for."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Final, Protocol

from waddlebot.lib.http import OutboundError
from waddlebot.platforms.errors import (
    BusyError,
    ClosedError,
    FaultyError,
    NotYetError,
    RefusedError,
    is_final,
)

LOOK_AGAIN_S: Final = 24 * 3600.0


class Token(Protocol):
    """Whose leave an API is called with; `account_id` is what the platform calls its owner."""

    @property
    def account_id(self) -> str: ...
    def current(self) -> str:
        """Return the newest one; raises OutboundError when it cannot be known."""

    def renewed(self, *, refused: str) -> str:
        """Return another one than the platform has refused, or raise OutboundError."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A role on one server. `token` is what a community has lent; without it the bot's serves."""

    server_id: str
    role: str
    token: Token | None = field(default=None, repr=False)


class RoleState(Enum):
    DONE = "done"
    FAILED = "failed"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What became of giving or taking a role.

    `is_for_all`: whoever comes next would hear the same. One that failed may succeed by itself
    after `wait_s`; without that, when somebody has done what `detail` says. `is_unsure`: the
    platform may have done it all the same.
    """

    state: RoleState
    code: str = ""
    detail: str = ""
    wait_s: float | None = None
    is_for_all: bool = False
    is_unsure: bool = False


DONE: Final = RoleChange(RoleState.DONE)


def change_of(error: OutboundError) -> RoleChange:
    if not is_final(error):
        wait_s = error.retry_after_s if isinstance(error, BusyError) else None
        is_unsure = not isinstance(error, BusyError) or isinstance(error, FaultyError)
        return RoleChange(
            RoleState.RETRY, error.code, error.text, wait_s, is_for_all=True, is_unsure=is_unsure
        )
    wait_s = LOOK_AGAIN_S if isinstance(error, NotYetError) else None
    is_for_all = not isinstance(error, RefusedError) or isinstance(error, ClosedError)
    return RoleChange(RoleState.FAILED, error.code, error.text, wait_s, is_for_all)


class RoleKeeper(ABC):
    """The part of a platform that gives roles and takes them."""

    @abstractmethod
    def can_change(self, seat: Seat) -> bool:
        """Return whether there is a token for it at all."""

    def holders(self, seat: Seat, account_ids: Sequence[str]) -> frozenset[str]:
        """Return who of these has the role. Raises OutboundError."""
        self._demand(seat)
        return self._holders(seat, account_ids)

    def change_roles(
        self, seat: Seat, *, give: Sequence[str], take: Sequence[str], reason: str
    ) -> dict[str, RoleChange]:
        """Give and take a role; return what became of each account, never an exception.

        Giving what is held, and taking what is not, is done.
        """
        try:
            self._demand(seat)
            return self._change_roles(seat, give, take, reason)
        except OutboundError as error:
            return dict.fromkeys([*take, *give], change_of(error))

    def _change_roles(
        self, seat: Seat, give: Sequence[str], take: Sequence[str], reason: str
    ) -> dict[str, RoleChange]:
        # Who goes makes room for who comes.
        taken = self._each(take, partial(self._take_role, seat, reason=reason))
        return taken | self._each(give, partial(self._give_role, seat, reason=reason))

    def _each(
        self, account_ids: Sequence[str], change: Callable[[str], None]
    ) -> dict[str, RoleChange]:
        results: dict[str, RoleChange] = {}
        for account_id in account_ids:
            try:
                change(account_id)
            except OutboundError as error:
                results[account_id] = change_of(error)
                if results[account_id].is_for_all:
                    return dict.fromkeys(account_ids, results[account_id]) | results
            else:
                results[account_id] = DONE
        return results

    def _demand(self, seat: Seat) -> None:
        """Raise ClosedError unless the token is good for roles of this server."""
        if not self.can_change(seat):
            raise ClosedError("not_supported", "No token is set up for roles on this platform.")

    @abstractmethod
    def _holders(self, seat: Seat, account_ids: Sequence[str]) -> frozenset[str]: ...
    @abstractmethod
    def _give_role(self, seat: Seat, account_id: str, *, reason: str) -> None: ...
    @abstractmethod
    def _take_role(self, seat: Seat, account_id: str, *, reason: str) -> None: ...
