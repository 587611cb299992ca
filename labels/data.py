"""What crosses labels' door."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol


class Kind(StrEnum):
    """What a label can be pinned to (contract 4)."""

    COMMUNITY = "community"
    MODULE = "module"
    USER = "user"
    ENTITY_GROUP = "entity_group"


class Source(StrEnum):
    """Who gave a label: a rule takes only what it gave, and so do imports and modules."""

    MANUAL = "manual"
    RULE = "rule"
    IMPORT = "import"
    PLATFORM = "platform"
    MODULE = "module"


class Ended(StrEnum):
    """Why somebody or something no longer holds a label."""

    TAKEN = "taken"
    EXPIRED = "expired"
    REPLACED = "replaced"  # By a sibling of its exclusive scope, or by other dates.
    MERGED = "merged"
    LABEL_DELETED = "label_deleted"


@dataclass(frozen=True, slots=True)
class Giver:
    """Who gives or takes: `actor` as the AAA log names it, and by what means.

    `source_ref` tells which rule, job or module it was.
    """

    actor: str
    source: Source = Source.MANUAL
    source_ref: str = ""


class Pin(NamedTuple):
    """One label on one object: `target` is the id of a person, or what else names the object.

    A tuple, since there are a thousand at a time.
    """

    label_id: int
    target: int | str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    reason: str = ""


class Status(StrEnum):
    """What became of one item of a bulk operation (contract 4)."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    REPLACED = "replaced"  # A sibling went for it, its dates changed, or a program had given it.
    REMOVED = "removed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item; `code` and `detail` tell of an error, or why nothing was changed.

    Unchanged are `suppressed` (by hand it was taken off, a rule does not give it back),
    `given_by_hand` and `given_otherwise` (it is not this giver's to replace or take), and
    `superseded` (a later item of the list wants the same place).
    """

    status: Status
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Objects that gained or lost one label, together."""

    label_id: int
    kind: Kind
    targets: tuple[int | str, ...]
    gained: bool
    because: str  # A Source of what was gained, an Ended of what was lost.


@dataclass(frozen=True, slots=True)
class LabelUse:
    """Something that names a label: a command that asks for it, a rule that exempts its holders.

    `name` is how people know it, such as `!so`.
    """

    kind: str
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What people may want to know of a label for people.

    `grants` are all that it permits; the rest are names: of what it implies, of what implies it,
    and of those that it takes off whoever is given it.
    """

    id: int
    name: str
    description: str
    is_system: bool
    grants: frozenset[str]
    implied: frozenset[str]
    implied_by: frozenset[str]
    rivals: frozenset[str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """Who may use something, or is exempt from it. An empty requirement asks nothing."""

    min_role: str = ""
    any_label: frozenset[str] = frozenset()
    platform_roles: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """Say it as a person would."""
        parts = []
        if self.min_role:
            parts.append(f"the role {self.min_role} or higher")
        if self.any_label:
            parts.append(f"the label {' or '.join(sorted(self.any_label))}")
        if self.platform_roles:
            parts.append(f"being {' or '.join(sorted(self.platform_roles))} on the platform")
        return ", and ".join(parts) or "nothing"


ANYBODY: Final = Requirement()


@dataclass(frozen=True, slots=True)
class Question:
    """May somebody? Whoever meets `requires` may, and whoever a label grants `permission` to.

    `title` is what people call it: `!so`.
    """

    title: str
    permission: str = ""
    requires: Requirement = ANYBODY
    description: str = ""


class Area(Protocol):
    """All permissions that begin with one word and a colon, answered for by the app that has them.

    What it does not know is asked of the permissions that were registered one by one.
    """

    def normal(self, name: str) -> str:
        """Return the rest of a permission, or of a grant, as it is compared."""
        ...

    def question(self, *, community_id: int, name: str) -> Question | None: ...

    def questions(self, *, community_id: int) -> Sequence[Question]: ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why somebody may or may not.

    `via` is the way from them to what allows it, hop by hop: each names its `kind` (role,
    platform_role, group, label, parent, grant) and what a reader must know of it. `would_allow`
    is the nearest thing that would let them, when they may not.
    """

    via: tuple[Mapping[str, Any], ...] = ()
    reason: str = ""
    would_allow: Mapping[str, Any] | None = None


class Decision:
    """Whether somebody may; and why, which is put into words for whoever asks."""

    __slots__ = ("_explain", "_explanation", "allowed")

    def __init__(self, explain: Callable[[], Explanation], *, allowed: bool) -> None:
        self.allowed = allowed
        self._explain = explain
        self._explanation: Explanation | None = None

    @property
    def why(self) -> Explanation:
        if self._explanation is None:
            self._explanation = self._explain()
        return self._explanation

    @property
    def via(self) -> tuple[Mapping[str, Any], ...]:
        return self.why.via

    @property
    def reason(self) -> str:
        return self.why.reason

    @property
    def would_allow(self) -> Mapping[str, Any] | None:
        return self.why.would_allow
