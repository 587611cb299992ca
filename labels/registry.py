"""What other apps tell labels of when they start: permissions, and who names labels.

An app or a module names its permissions in `ready()`; labels grant them, by name or with a star:
`commands:*`. One that nobody has registered can be granted all the same, and belongs to admins.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final, Protocol

from identity.data import Role
from labels.data import ANYBODY, Area, LabelUse, Question, Requirement

PERMISSION: Final = re.compile(r"[a-z][a-z0-9_-]{0,29}(:[^\s:*,]{1,50}){1,2}")
GRANT: Final = re.compile(r"[a-z][a-z0-9_-]{0,29}(:[^\s:*,]{1,50}){0,2}(:\*)?")


@dataclass(frozen=True, slots=True)
class Permission:
    """`area:verb`; what is asked for may name an object behind it: `labels:assign:vip`."""

    name: str
    description: str
    min_role: Role = Role.ADMIN


_permissions: dict[str, Permission] = {}
_named: dict[str, Permission] = {}


def register_permission(
    name: str, description: str, *, min_role: Role = Role.ADMIN, named_role: Role | None = None
) -> None:
    """Raises ValueError for a name that is malformed, or taken.

    `named_role` is who has it for an object that is named behind it, when not who has it at all.
    """
    if not PERMISSION.fullmatch(name):
        raise ValueError(f"{name!r} is no permission")
    if name in _permissions:
        raise ValueError(f"{name} is registered twice")
    _permissions[name] = Permission(name, description, min_role)
    _named[name] = Permission(name, description, min_role if named_role is None else named_role)
    _question_of.cache_clear()


def permissions() -> tuple[Permission, ...]:
    return tuple(_permissions.values())


def permission_of(asked: str) -> Permission:
    """Return what is registered for `asked`, or for what it begins with."""
    area, _, rest = asked.partition(":")
    verb = rest.partition(":")[0]
    known = _permissions.get(asked) or _named.get(f"{area}:{verb}")
    return known or Permission(asked, "", Role.ADMIN)


def role_handing_on(grant: str) -> Role:
    """Return who has by their role alone all that `grant` covers."""
    covered = [each.min_role for each in permissions() if each.name.startswith(grant[:-1])]
    everything = covered if grant.endswith("*") else []
    return max(permission_of(grant).min_role, *everything, Role.NONE)


class PlaceProofs(Protocol):
    """Tells whether a community has proven that a server is its own."""

    def __call__(self, *, community_id: int, platform: str, server_id: str) -> bool: ...


_proofs: list[PlaceProofs] = []


def register_place_proofs(proofs: PlaceProofs) -> None:
    _proofs.append(proofs)


def proves_place(*, community_id: int, platform: str, server_id: str) -> bool:
    """Tell whether the bot may act on a server for a community."""
    return any(
        proofs(community_id=community_id, platform=platform, server_id=server_id)
        for proofs in _proofs
    )


class LabelUsers(Protocol):
    """Returns what names a label in a community; of the system's labels (None), in any."""

    def __call__(self, *, community_id: int | None, name: str) -> Sequence[LabelUse]: ...


_users: list[LabelUsers] = []


def register_label_users(users: LabelUsers) -> None:
    _users.append(users)


def uses_of(*, community_id: int | None, name: str) -> list[LabelUse]:
    """Return what would change if the label of this name were called otherwise, or gone."""
    return [use for users in _users for use in users(community_id=community_id, name=name)]


_areas: dict[str, Area] = {}


def register_area(word: str, area: Area) -> None:
    """Let `area` answer for all permissions that begin with `word:`."""
    if word in _areas:
        raise ValueError(f"the permissions of {word} are registered twice")
    _areas[word] = area
    _question_of.cache_clear()


def normal(permission: str) -> str:
    """Return a permission or a grant as it is compared."""
    word, _, rest = permission.partition(":")
    area = _areas.get(word)
    return f"{word}:{area.normal(rest)}" if area else permission


def question_of(permission: str, *, community_id: int) -> Question:
    """Return who may by their role or whatever else is asked for."""
    word, _, name = permission.partition(":")
    area = _areas.get(word)
    known = area.question(community_id=community_id, name=name) if area else None
    return _question_of(permission) if known is None else known


@lru_cache(maxsize=10_000)
def _question_of(permission: str) -> Question:
    """The same for one that no area answers for: alike in every community."""
    role = permission_of(permission).min_role
    return Question(
        title=permission,
        permission=normal(permission),
        requires=Requirement(min_role=role.word) if role else ANYBODY,
        description=permission_of(permission).description,
    )


def questions_in(community_id: int) -> list[Question]:
    """Return all that apps answer for in a community."""
    named = [question_of(each.name, community_id=community_id) for each in permissions()]
    areas = (area.questions(community_id=community_id) for area in _areas.values())
    return [*named, *chain.from_iterable(areas)]


@lru_cache(maxsize=10_000)
def covering(permission: str) -> frozenset[str]:
    """Return all that grants it: itself, and each star above it."""
    words = permission.split(":")
    stars = (":".join((*words[:count], "*")) for count in range(1, len(words)))
    return frozenset({permission, *stars})
