"""May they? Roles and labels together, from this process' memory."""

from datetime import datetime

from identity import api as identity
from identity.data import Role
from labels.data import Decision
from labels.registry import permission_of


def check(
    *,
    community_id: int,
    user_id: int,
    permission: str,
    now: datetime,
) -> Decision:
    """Tell whether somebody has a permission in a community."""
    role = identity.role_in(community_id=community_id, user_id=user_id)
    needed = permission_of(permission).min_role
    if role >= needed:
        via = ({"kind": "role", "role": role.word},)
        return Decision(allowed=True, via=via, reason=f"Every {role.word} has {permission}.")
    nearest = {"kind": "role", "role": Role(needed).word}
    reason = f"{permission} needs the role {needed.word} or a label that grants it."
    return Decision(allowed=False, reason=reason, would_allow=nearest)
