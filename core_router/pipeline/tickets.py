"""What is asked of the gate, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

PASSED, DUPLICATE, LIMITED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit an event would take: a cooldown (`c`) or a rate (`r`), under this name."""

    kind: str
    name: str
    count: int
    window_ms: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one event asks of the gate.

    `row`: in which table its execution leaves one to look for; `otherwise`: in which when its
    limits refuse it. `gain`: the field it counts in, or nothing when it earns nothing.
    """

    dedupe: str
    execution_id: str
    session: str
    new_session_id: str
    limits: Sequence[LimitUse] = ()
    row: str = "-"
    otherwise: str = "-"
    gain: str = ""

    @property
    def value(self) -> str:
        return self.row + self.execution_id

    @property
    def cooldowns(self) -> list[str]:
        return [use.name for use in self.limits if use.kind == "c"]


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """The counter of the credential behind the request."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Pass:
    """What the gate says of one event: `text` is a session id, or the value stored before."""

    code: int
    text: str
    retry_after_s: float
    limit: int
