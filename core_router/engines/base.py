"""What every engine is to the router: one call in, one answer out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

from core_router.data import Action, EngineRef, EngineWish

if TYPE_CHECKING:
    from core_router.sdk import Call


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a module. `id` is the execution's, the same at every attempt.

    `envelope` is what a module outside this process is sent (contract 2); a built-in one gets
    `call`.
    """

    id: UUID
    ref: EngineRef
    envelope: Mapping[str, Any]
    now: datetime
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a module says: a chat line, actions, or that it will answer later.

    `about` is the call it says it answers; it need not say.
    """

    text: str = ""
    actions: Sequence[Action] = ()
    is_later: bool = False
    about: str | None = None


OUTAGES: Final = frozenset(
    {"timed_out", "address_refused", "no_such_engine", "no_such_function", "not_allowed"}
    | {"bad_credentials", "no_region", "no_host"}
)


class EngineError(Exception):
    """A call that failed. `detail` tells whoever wrote the module why, and nothing it answered.

    `is_temporary`: the same call may go well a moment later. `is_gone`: nobody is there any more.
    `is_outage`: whatever is asked goes wrong there now, not this call alone.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        is_temporary: bool = False,
        retry_after_s: float | None = None,
        is_gone: bool = False,
        is_outage: bool = False,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.is_temporary = is_temporary
        self.retry_after_s = retry_after_s
        self.is_gone = is_gone
        self.is_outage = is_outage or is_temporary or code in OUTAGES


class Engine(ABC):
    type: ClassVar[str]

    def check(self, wish: EngineWish, *, community_id: int, has_secret: bool) -> EngineWish:
        """Return the wish as it is to be stored. Raises InvalidError when it can never work.

        `has_secret`: it brings one, or the one from before stays.
        """
        return wish

    @abstractmethod
    def call(self, invocation: Invocation, *, timeout_s: float) -> Answer:
        """Call once, within `timeout_s`. Raises EngineError."""


_engines: dict[str, Engine] = {}


def register(engine: Engine) -> None:
    """Add an engine. Raises ValueError when its type is taken."""
    if engine.type in _engines:
        raise ValueError(f"the engine {engine.type} is registered twice")
    _engines[engine.type] = engine


def engine_of(kind: str) -> Engine:
    """Raises EngineError for a type that nobody has registered."""
    found = _engines.get(kind)
    if found is None:
        raise EngineError("no_such_engine", f"This WaddleBot has no engine {kind}.")
    return found
