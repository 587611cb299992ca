"""A code typed where nobody has proven the place leads to the community that asked for it."""

from core_router.data import EntityRef
from core_router.operations.place_codes import MAY_CLAIM, TYPED, community_of_code
from core_router.pipeline.context import Context
from identity.data import Scope


def claimed_by_code(context: Context, found: EntityRef | None) -> int | None:
    """Return whose code was typed, when who typed it may prove the place; it reads only."""
    event, credential = context.event, context.credential
    word, _, code = event.message_content.strip().partition(" ")
    if word.lower() not in TYPED or (found is not None and found.is_proven):
        return None
    if Scope.IDENTITY_VERIFY not in credential.scopes or MAY_CLAIM.isdisjoint(event.user_roles):
        return None
    community_id = community_of_code(entity=event.entity, code=code, now=context.now)
    return community_id if credential.community_id in {None, community_id} else None
