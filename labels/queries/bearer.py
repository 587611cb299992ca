"""Somebody in a community at one moment, and what their role and labels are worth there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from identity.data import Role
from labels.data import Question, Requirement
from labels.queries.book import Book, Entry, Group, Spell
from labels.queries.held import Held
from labels.registry import covering

NONE: Final = frozenset[str]()
ROLES: Final = {role.word: role for role in Role}
PLATFORM_ROLES: Final = {
    "broadcaster": Role.OWNER,
    "owner": Role.OWNER,
    "admin": Role.ADMIN,
    "moderator": Role.MODERATOR,
}
"""What a role on a platform is worth in the community that has claimed the channel."""


class Counted(msgspec.Struct, frozen=True):
    """A label that counts, and how they come by it: `groups` leads from theirs to the lender."""

    entry: Entry
    spell: Spell
    groups: tuple[Group, ...] = ()


class Own(msgspec.Struct, frozen=True):
    """What somebody holds of a community's labels or of the system's, and what these are worth."""

    book: Book
    held: Held


class Bearer(msgspec.Struct, frozen=True):
    """Who somebody is at that moment and place, and the labels that count for them there.

    The first of `own` is the community's. `role` is their own, or what the platform says of them.
    """

    community_id: int
    user_id: int
    now: datetime
    own_role: Role
    platform_roles: frozenset[str]
    entity: str
    own: Sequence[Own]
    counted: Sequence[Counted]
    role: Role

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all that they hold, and of what it implies."""
        return frozenset[str]().union(*(each.entry.names for each in self.counted))

    @property
    def worthiest(self) -> str:
        """Return the platform role that is worth most here."""
        return max(self.platform_roles, key=lambda word: PLATFORM_ROLES.get(word, Role.NONE))

    def may(self, question: Question) -> bool:
        return self.meets(question.requires) or bool(
            question.permission and self.label_granting(question.permission)
        )

    def meets(self, asked: Requirement) -> bool:
        """Return whether every part of the requirement that asks for something is met."""
        return (
            self.has_role(asked.min_role)
            and not (asked.any_label and self.label_among(asked.any_label) is None)
            and self.has_platform_role(asked.platform_roles)
        )

    def has_role(self, word: str) -> bool:
        return not word or self.role >= ROLES[word]

    def has_platform_role(self, words: frozenset[str]) -> bool:
        return not words or not words.isdisjoint(self.platform_roles)

    def label_among(self, names: frozenset[str]) -> Counted | None:
        """Return a label that counts and is one of these, or implies one."""
        return next((c for c in self.counted if not names.isdisjoint(c.entry.names)), None)

    def label_granting(self, permission: str) -> Counted | None:
        grants = covering(permission)
        return next((c for c in self.counted if not grants.isdisjoint(c.entry.grants)), None)
