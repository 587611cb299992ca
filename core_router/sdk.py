"""All a built-in chat module sees of the router."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core_router.data import Action, Command, Event, Limit, Outcome, TraceStep
from core_router.engines.arguments import split_args
from core_router.engines.echo import disarm, echo, plain
from core_router.engines.event_text import EventText
from core_router.operations.commands import (
    CommandWish,
    add_alias,
    add_command,
    change_command,
    remove_alias,
    remove_command,
)
from core_router.operations.counters import (
    add_to_counter,
    counter_name,
    remove_counter,
    set_counter,
)
from core_router.operations.place_codes import MAY_CLAIM, prove_by_code
from core_router.queries.commands import command_table, question_of
from core_router.queries.counters import counter_list, counter_values
from core_router.queries.refusals import Refusal, last_refusal, last_refusal_of
from core_router.registry import register, spec_of
from identity.data import Role, Tenant
from labels.api import Bearer
from labels.data import ANYBODY, Requirement
from waddlebot.lib.errors import DomainError

__all__ = [  # noqa: RUF022 - by topic
    # A module, its commands, and what it is asked and answers.
    "Action", "Call", "Caller", "CommandSpec", "Limit", "Module", "RefusedError", "Reply",
    "Requirement", "Role", "register",
    # What it is told of.
    "EventCall", "EventText",
    # Words.
    "disarm", "echo", "plain", "split_args",
    # The community's commands, and who may use them.
    "Command", "CommandWish", "add_alias", "add_command", "change_command", "command_table",
    "may_use", "meets", "remove_alias", "remove_command", "spec_of",
    # Its counters.
    "add_to_counter", "counter_list", "counter_name", "counter_values", "remove_counter",
    "set_counter",
    # Whose a place is.
    "claim_place",
    # Why somebody was refused.
    "Outcome", "Refusal", "TraceStep", "last_refusal", "last_refusal_of",
]  # fmt: skip


class RefusedError(DomainError):
    """Raise it to tell the asker, in one sentence, why not."""

    code = "refused_by_module"


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command a module brings. `usage` shows the arguments: `<name> [amount]`.

    `is_pure`: it changes nothing, so `dry_run` may really call it.
    """

    name: str
    description: str
    usage: str = ""
    aliases: tuple[str, ...] = ()
    requires: Requirement = ANYBODY
    cooldown_user_s: float = 0
    cooldown_channel_s: float = 0
    min_args: int = 0
    is_pure: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who typed the command. `user_id` is 0 for somebody a dry run has not met before.

    `bearer` knows all that they are and hold where they typed it.
    """

    user_id: int
    public_id: str
    name: str
    display_name: str
    bearer: Bearer

    @property
    def role(self) -> Role:
        return self.bearer.role

    @property
    def platform_roles(self) -> frozenset[str]:
        return self.bearer.platform_roles

    @property
    def labels(self) -> frozenset[str]:
        return self.bearer.names


def meets(someone: Caller, requirement: Requirement) -> bool:
    """Return whether every part of the requirement that asks for something is met."""
    return someone.bearer.meets(requirement)


def may_use(someone: Caller, command: Command) -> bool:
    """Return whether they meet what the command requires, or a label opens it for them."""
    return someone.bearer.may(question_of(command))


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a command. `word` is what was typed, `command` the name it belongs to.

    `proves_author`: whoever reported it may say who typed it, and is believed beyond this
    community.
    """

    execution_id: UUID
    session_id: UUID
    community: Tenant
    caller: Caller
    event: Event
    command: str
    word: str
    args: tuple[str, ...]
    raw_args: str
    now: datetime
    dry_run: bool = False
    proves_author: bool = False

    def demand(self, role: Role, what: str) -> None:
        """Raise `RefusedError` unless the asker is that much; for what only some arguments ask."""
        if self.caller.role < role:
            raise RefusedError(f"Only a {role.word} or higher may {what}.")


def claim_place(call: Call) -> bool:
    """Prove by a code that the place is this community's; return whether the code was good.

    Raises `RefusedError` for whoever is neither broadcaster nor owner nor admin there.
    """
    if MAY_CLAIM.isdisjoint(call.event.user_roles):
        raise RefusedError("Only who owns this channel may prove whose it is.")
    claim = prove_by_code(
        community_id=call.community.id,
        entity=call.event.entity,
        code=call.args[0],
        now=call.now,
    )
    return claim is not None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the module answers: a chat line, and anything else to be done. Empty says nothing."""

    text: str = ""
    actions: Sequence[Action] = ()


@dataclass(frozen=True, slots=True)
class EventCall:
    """One event that a module is told of: who did what, where."""

    execution_id: UUID
    session_id: UUID
    community: Tenant
    caller: Caller
    event: Event
    now: datetime
    dry_run: bool = False


class Module(ABC):
    """A chat module. Subclass it in `core_router/modules/<slug>/`, register it in `ready()`."""

    slug: str
    title: str
    description: str
    commands: tuple[CommandSpec, ...]
    events: Collection[str] = ()
    """The types of messages (contract 2) it can be told of."""
    priority: int = 100
    """Of several that are told of one event the lowest is first."""
    hears_purely: bool = False
    """Promises that `handle_event` changes nothing, so that a dry run may really call it."""

    def hears(self, community_id: int) -> Collection[str]:
        """Return the types of messages a community has it told of.

        Asked for every event of its types, so answer from memory; nothing, until they ask for it.
        """
        return ()

    def handle_event(self, call: EventCall) -> Reply:
        """Say or do something about an event, in the transaction that writes that it was told.

        Raises `RefusedError` to leave it; nobody reads why.
        """
        # Only a module that names `events` is told of any, and brings its own.
        raise NotImplementedError

    @abstractmethod
    def handle(self, call: Call) -> Reply:
        """Answer one call.

        Runs inside the transaction that writes the execution row: what it writes is kept or lost
        together with that row. Raises `RefusedError` to say no.
        """
