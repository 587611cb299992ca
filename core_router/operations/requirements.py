"""Checking who a command or a rule is meant for."""

from typing import Any, Final

from identity.data import Role
from labels.data import Requirement
from waddlebot.lib.errors import Flaw, InvalidError

ROLES: Final = tuple(role.word for role in Role if role is not Role.NONE)
MOST_NAMES: Final = 20


class InvalidRequirementError(InvalidError):
    code = "invalid_requirement"


def check_requirement(requirement: Requirement, *, pointer: str) -> None:
    if requirement.min_role and requirement.min_role not in ROLES:
        detail = f"A role is one of {', '.join(ROLES)}."
        raise InvalidRequirementError(detail, errors=[Flaw(f"{pointer}/min_role", detail)])
    for name in ("any_label", "platform_roles"):
        if len(getattr(requirement, name)) > MOST_NAMES:
            detail = f"At most {MOST_NAMES}."
            raise InvalidRequirementError(detail, errors=[Flaw(f"{pointer}/{name}", detail)])


def requirement_fields(requirement: Requirement) -> dict[str, Any]:
    """Return the columns commands and rules have in common."""
    return {"min_role": requirement.min_role, "any_label": sorted(requirement.any_label)}
