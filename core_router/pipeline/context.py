"""What one event carries through the pipeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from core_router.data import Action, Command, Event, Limit, Outcome, Reason, TraceStep
from core_router.moderation import Hit
from core_router.pipeline.tickets import Ticket
from core_router.sdk import Caller
from identity.data import Credential, Tenant


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an event's way ends, and what would have let it go on."""

    outcome: Outcome
    reason: Reason | None = None
    actions: Sequence[Action] = ()
    remedy: str = ""


QUEUE: Final = "queue"
"""The kind of a credential nobody waits behind."""
ALREADY = Verdict(Outcome.DUPLICATE)
UNTOLD = frozenset({Outcome.MODERATED, Outcome.DUPLICATE, Outcome.UNKNOWN_ENTITY})
"""Of what ended so, neither modules nor hooks are told."""


@dataclass(slots=True)
class Context:
    """One event on its way. Steps fill it in; only the driver reads `verdict`."""

    event: Event
    credential: Credential
    now: datetime
    execution_id: str
    tracing: bool = False
    dry_run: bool = False
    community: Tenant | None = None
    caller: Caller | None = None
    hits: Sequence[Hit] = ()
    command: Command | None = None
    word: str = ""
    raw_args: str = ""
    args: tuple[str, ...] = ()
    limits: Sequence[Limit] = ()
    is_reserved: bool = False
    ticket: Ticket | None = None
    session_id: str = ""
    detail: str = ""
    verdict: Verdict | None = None
    started: float = 0.0
    duration_ms: float = 0.0
    trace: list[TraceStep] = field(default_factory=list)

    @property
    def tenant(self) -> Tenant:
        """The community; every step after `entity` has one."""
        if self.community is None:
            raise LookupError("this event belongs to no community")
        return self.community

    @property
    def will_run(self) -> Command | None:
        """The command that runs when nothing more stands in its way."""
        return self.command if self.verdict is None else None

    def note(self, step: str, verdict: Verdict | None) -> None:
        remedy = verdict.remedy if verdict else ""
        self.trace.append(TraceStep(step, verdict is None, self.detail, remedy))
        self.detail = ""


Step = Callable[[Context], Verdict | None]
"""One check: it lets the event on (None) or ends its way. It reads, and changes nothing."""
